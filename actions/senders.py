"""Who may be trusted with what by the name of their conversation alone."""

from __future__ import annotations

# Of a REST client the name of the conversation is all that tells one person from another.
SHORTEST_SENDER = 16


def guessable(conversation_id: str) -> bool:
    """Whether anybody could name a conversation: it is no place to sign in to, to report, or to fill in a form."""
    channel, _, sender = conversation_id.partition(":")
    return channel == "rest" and len(sender) < SHORTEST_SENDER
