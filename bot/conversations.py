"""Conversations at rest: what the dialogue engine needs, and what the page shows after a reload.

Both are sealed; a sender's id is kept only as a keyed hash, the time of a turn to the hour. A conversation is deleted
some days after its last turn, and at once when a report is submitted or given up in it: what was said of it is then
nowhere but in the case. What a receipt opens is shown once and not kept here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from actions.interview_form import CUT, DRAFT_SLOT
from actions.turn_events import BESIDE
from casework.cases.receipts import RECEIPT
from storage.database import SECRETS, AnyDatabase, EncryptedStore, creates, hour_of
from storage.erasing import ConversationTables

# Rules look at the current turn only; a few earlier ones are kept for events that reach back. Replaying more
# would make turn 1,000 slower than turn 10.
KEPT_TURNS = 4
SHOWN_TURNS = 50
DAY = 24 * 3600

SCHEMA = f"""{SECRETS};
create table if not exists trackers (conversation text primary key, events blob not null, updated real not null);
create table if not exists turns (
    id integer primary key, conversation text not null, turn blob not null, at real not null);
create index if not exists turns_of on turns (conversation, id);
create index if not exists trackers_updated on trackers (updated);
"""


KEEP_TRACKER = (
    "insert into trackers (conversation, events, updated) values (?, ?, ?) "
    "on conflict (conversation) do update set events = excluded.events, updated = excluded.updated"
)


def _begun_anew(db: AnyDatabase) -> None:
    """Earlier programs left reports in conversations, which nobody can tell from others: all go, drafts stay."""
    for table in ("turns", "trackers"):
        db.execute(f"delete from {table}")


class Conversations(EncryptedStore):
    """The SQLite file that holds trackers and turns."""

    sealed = (("trackers", "events", ("conversation",)), ("turns", "turn", ("id", "conversation")))
    migrations = (creates(SCHEMA), _begun_anew)
    synchronous = "normal"

    def load_events(self, conversation_id: str) -> list[dict[str, Any]] | None:
        key = self._blind_index.hash(conversation_id)
        rows = self._read("select events from trackers where conversation = ?", key)
        events: list[dict[str, Any]] | None = self._open("trackers", "events", rows[0][0], key) if rows else None
        return events

    def save_events(self, conversation_id: str, events: list[dict[str, Any]]) -> None:
        sealed = self._seal("trackers", "events", events, self._blind_index.hash(conversation_id))
        self._write(KEEP_TRACKER, conversation_id, sealed, hour_of(time.time()))

    def add_turn(self, conversation_id: str, message: str, replies: list[dict[str, Any]]) -> None:
        """Keep a turn for the page; the oldest beyond SHOWN_TURNS go."""
        if any(is_cut(reply) for reply in replies):
            return
        if any(is_private(reply) for reply in replies):
            message, replies = PRIVATE, [{"text": NOT_AGAIN, "custom": {"job": "tip_status", "citations": []}}]
        key, turn = (
            self._blind_index.hash(conversation_id),
            {"said": masked(message), "replies": [shown_once(r) for r in replies]},
        )
        with self._writing():
            number = self._next_id("turns")
            sealed = self._seal("turns", "turn", turn, number, key)
            row = {"id": number, "conversation": key, "turn": sealed, "at": hour_of(time.time())}
            self._db["turns"].insert(row)
            self._db.execute(
                "delete from turns where conversation = ? and id <= "
                "(select id from turns where conversation = ? order by id desc limit 1 offset ?)",
                [key, key, SHOWN_TURNS],
            )

    def turns(self, conversation_id: str) -> list[dict[str, Any]]:
        """The last turns of a conversation, oldest first."""
        key = self._blind_index.hash(conversation_id)
        rows = self._read("select id, turn from turns where conversation = ? order by id", key)
        return [self._open("turns", "turn", sealed, number, key) for number, sealed in rows]

    def tables(self) -> ConversationTables:
        """These tables, for the transaction in which a report is submitted."""
        return ConversationTables(self._place, self._blind_index.hash)

    def forget(self, conversation_id: str) -> None:
        """Delete a conversation."""
        self._write("delete from turns where conversation = ?", conversation_id)
        self._write("delete from trackers where conversation = ?", conversation_id)

    def delete_older_than(self, days: int) -> None:
        before = time.time() - days * DAY
        with self._lock:
            self._db.execute("delete from turns where at < ?", [before])
            self._db.execute("delete from trackers where updated < ?", [before])

    def keys(self) -> list[str]:
        with self._lock:
            return [key for (key,) in self._db.execute("select conversation from trackers")]

    def _write(self, statement: str, conversation_id: str, *values: Any) -> None:
        with self._lock:
            self._db.execute(statement, [self._blind_index.hash(conversation_id), *values])


class SealedTrackerStore(TrackerStore):
    """Rasa's tracker store on top of Conversations; keeps the slots and the last turns of each tracker."""

    def __init__(self, conversations: Conversations, domain: Domain | None = None) -> None:
        super().__init__(domain)
        self._conversations = conversations

    async def save(self, tracker: DialogueStateTracker) -> None:
        if tracker.get_slot(DRAFT_SLOT) == CUT:
            await asyncio.to_thread(self._conversations.forget, tracker.sender_id)
            return
        events = [without_receipts(event.as_dict()) for event in recent(tracker)]
        await asyncio.to_thread(self._conversations.save_events, tracker.sender_id, events)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        events = await asyncio.to_thread(self._conversations.load_events, sender_id)
        if events is None:
            return None
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)

    async def keys(self) -> Iterable[str]:
        return self._conversations.keys()


MASK = "（回执码）"
# In place of what was said to a tip-off by its receipt, and of what it answered.
PRIVATE, NOT_AGAIN = "（凭回执码查看或补充举报）", "（举报的进度和往来只显示一次，请再发一次回执码查看。）"
ABOUT_TIP_OFFS = {"tip_status", "tip_add", "tip_withdraw"}


def is_cut(reply: dict[str, Any]) -> bool:
    """Whether with this reply nothing of the conversation is kept: a report was submitted, or a draft given up."""
    return bool((reply.get("custom") or {}).get(CUT))


def is_shown_once(reply: dict[str, Any]) -> bool:
    return bool((reply.get("custom") or {}).get("once")) or is_cut(reply) or is_private(reply)


def is_private(reply: dict[str, Any]) -> bool:
    """Whether a reply shows what a receipt opened."""
    return bool((reply.get("custom") or {}).get("status"))


def masked(text: str) -> str:
    """A text without receipts: only the reporter keeps them."""
    return RECEIPT.sub(MASK, text)


def shown_once(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply as it may be shown again."""
    custom = {key: value for key, value in (reply.get("custom") or {}).items() if not key.startswith("receipt")}
    return {**reply, "text": masked(reply.get("text") or ""), "custom": {**custom, "once": []}}


def without_receipts(event: dict[str, Any]) -> dict[str, Any]:
    """An event of a tracker without what rules do not need: what we said, and receipts in what was said to us."""
    if event["event"] == "bot":
        kept = {key: value for key, value in (event.get("metadata") or {}).items() if key != BESIDE}
        return {**event, "text": None, "data": {}, "metadata": kept}
    if event["event"] == "user" and (RECEIPT.search(event.get("text") or "") or _intent(event) in ABOUT_TIP_OFFS):
        parsed = {key: value for key, value in (event.get("parse_data") or {}).items() if key in ("intent", "entities")}
        return {**event, "text": MASK, "parse_data": {**parsed, "text": MASK}}
    return event


def _intent(event: dict[str, Any]) -> str:
    return str(((event.get("parse_data") or {}).get("intent") or {}).get("name") or "")


def recent(tracker: DialogueStateTracker) -> list[Event]:
    """The tracker's events cut to its slots and its last turns, in a form Rasa can replay."""
    events = list(tracker.events)
    starts = [n for n, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(starts) <= KEPT_TURNS:
        return events
    slots = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.has_been_set]
    beginning = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
    form = [ActiveLoop(tracker.active_loop_name)] if tracker.active_loop_name else []
    return [*beginning, *slots, *form, *events[starts[-KEPT_TURNS] :]]
