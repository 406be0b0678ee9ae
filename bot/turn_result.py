"""What came of a message, with types, between the JSON that Rasa hands over and the JSON that leaves the program.

Rasa's action protocol is JSON even in process, so this is where the reply that an action made (``actions/replies.py``)
gets its types back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import OutputChannel

from actions.turn_events import BESIDE, TURN_EVENTS, TurnEvent
from casework.interview.showing import Button


@dataclass(frozen=True)
class TurnReply:
    """One message to whoever wrote.

    Attributes:
        custom: what clients are told besides: ``job``, ``citations``, and what the job adds.
    """

    text: str = ""
    buttons: tuple[Button, ...] = ()
    image: str = ""
    attachment: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)

    @property
    def job(self) -> str:
        """One of the contract's jobs; empty where no action of ours spoke."""
        return str(self.custom.get("job", ""))

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> TurnReply:
        """A message as Rasa hands it to an output channel."""
        buttons = tuple(Button(button["title"], button["payload"]) for button in message.get("buttons") or ())
        text, image, attachment = (str(message.get(name) or "") for name in ("text", "image", "attachment"))
        return cls(text, buttons, image, attachment, message.get("custom") or {})

    def as_json(self, recipient: str) -> dict[str, Any]:
        """In the form of Rasa's REST channel; what is empty is left out."""
        buttons = [{"title": button.title, "payload": button.payload} for button in self.buttons]
        filled: dict[str, Any] = {
            "text": self.text,
            "buttons": buttons,
            "image": self.image,
            "attachment": self.attachment,
        }
        filled["custom"] = dict(self.custom)
        return {"recipient_id": recipient, **{name: value for name, value in filled.items() if value}}


# An action that fails leaves Rasa without a reply; nobody who wrote to us is left without one.
FAILED = TurnReply(
    "抱歉，系统暂时出了点问题，您刚才这条没有处理成功，之前的内容都在。请再发一次，或拨打 12345。",
    custom={"job": "help", "citations": [], "failed": True},
)


@dataclass(frozen=True)
class TurnResult:
    """What came of a message.

    Attributes:
        replies: at least one.
        events: what is learnt from it; no reply carries them.
        failed: whether no action answered.
    """

    replies: tuple[TurnReply, ...]
    events: tuple[TurnEvent, ...] = ()
    failed: bool = False

    @classmethod
    def of(cls, replies: Iterable[TurnReply], events: Iterable[TurnEvent]) -> TurnResult:
        said = tuple(replies)
        return cls(said or (FAILED,), tuple(events), failed=not said)

    @property
    def job(self) -> str:
        """The job that answered."""
        return next((reply.job for reply in self.replies if reply.job), "none")

    def as_json(self, recipient: str) -> list[dict[str, Any]]:
        return [reply.as_json(recipient) for reply in self.replies]


class TurnOutput(OutputChannel):
    """Collects what Rasa sends; Rasa's own collector parts text and custom payload."""

    def __init__(self) -> None:
        self.replies: list[TurnReply] = []
        self.events: list[TurnEvent] = []

    @classmethod
    def name(cls) -> str:
        return "collector"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.replies.append(TurnReply.read(message))
        self.events += TURN_EVENTS.validate_python(message.get(BESIDE) or ())

    def result(self) -> TurnResult:
        return TurnResult.of(self.replies, self.events)
