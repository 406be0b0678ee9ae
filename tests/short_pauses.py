"""Messengers in forked servers wait less between two tries: how often and in what order they try is the program's.

What is sent again, a reminder, or a process that takes over from another comes seconds later by design, which most
scenes of a channel would wait for. Only what lies between tries is shorter; how long an answer may take is not.
"""

from __future__ import annotations

from bot.channels import relay, sending, starting

SHORTER = 5


def pause_briefly() -> None:
    """Shorten the pauses of this process and its forks."""
    relay.PUSH_SECONDS = 1
    sending.AGAIN_SECONDS, sending.MOST_SECONDS = sending.AGAIN_SECONDS / SHORTER, sending.MOST_SECONDS / SHORTER
    starting.LEADER_SECONDS = 0.5  # type: ignore[assignment]
