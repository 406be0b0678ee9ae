"""What lies between two tries is shorter in forked servers: how often and in what order they try is the program's.

What is sent or fetched again, a reminder, a process that takes over from another or sees a new version come seconds
later by design, which most scenes would wait for. Only pauses are shorter; how long an answer may take is not.
"""

from __future__ import annotations

from bot import reload
from bot.channels import inbox, pacing, relay, sending, starting, telegram, telegram_intake, wechat
from bot.channels.tencent import api

SHORTER = 5


def pause_briefly() -> None:
    """Shorten the pauses of this process and its forks."""
    relay.PUSH_SECONDS = 1
    starting.LEADER_SECONDS = 0.5  # type: ignore[assignment]
    messages, seconds = pacing.PRIVATE
    pacing.PRIVATE = messages, seconds / SHORTER
    for module, name in (
        (sending, "AGAIN_SECONDS"),
        (sending, "MOST_SECONDS"),
        (inbox, "AGAIN_SECONDS"),
        (telegram, "FETCH_AGAIN_SECONDS"),
        (telegram_intake, "FIRST_PAUSE"),
        (telegram_intake, "LONGEST_PAUSE"),
        (wechat, "BACK_OFF_SECONDS"),
        (api, "REST_SECONDS"),
        (api, "LONGEST_REST"),
        (reload, "LOOK_SECONDS"),
        (reload, "AGAIN_SECONDS"),
    ):
        whole = getattr(module, name)
        setattr(module, name, tuple(each / SHORTER for each in whole) if isinstance(whole, tuple) else whole / SHORTER)
