"""What a messenger gave us and what it must still take from us: both survive a restart."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.channels.rendering import Part
from storage.database import SECRETS, EncryptedStore, creates, now
from storage.encryption import decrypt_for_bearer, encrypt_for_bearer

SCHEMA = f"""{SECRETS};
create table seen (message text primary key, at real not null, answered integer not null default 0);
create table outgoing (id integer primary key, place text not null, body blob not null, at real not null);
create index outgoing_place on outgoing (place, id);
create table payloads (key text primary key, body blob not null, at real not null);
"""
# A number is never given twice: who has read up to one asks for what came after it.
INCOMING = (
    "create table incoming (id integer primary key autoincrement, message text not null unique, body blob not null, "
    "at real not null)"
)
MENUS = "create table menus (place text primary key, body blob not null, at real not null)"
SEEN = "insert into seen (message, at, answered) values (?, ?, ?) on conflict do nothing"
SEEN_DAYS, PAYLOAD_DAYS, MENU_DAYS = 3, 60, 60
# What a platform takes from us only when somebody writes again, who may never do; and what nobody handles any more
# since its messenger was turned off.
OUTGOING_DAYS = INCOMING_DAYS = 60
DAY = 86_400
BEARER = "bearer"
CHOICE = re.compile(r"(?:回复|选择|选|第)? ?(\d{1,2}) ?[个项号]?[.。,、)]?")
Begun = Literal["new", "answered", "broken off"]


@dataclass(frozen=True)
class Waiting:
    """A message that has not been sent yet; ``place`` is channel:sender."""

    id: int
    place: str = field(repr=False)
    part: Part = field(repr=False)


class Outbox(EncryptedStore):
    """Messages to and from the messengers in one SQLite file; who they are for is sealed with them."""

    sealed = (
        ("outgoing", "body", ("id", "place")),
        ("payloads", "body", ("key",)),
        ("menus", "body", ("place",)),
        ("incoming", "body", ("message",)),
    )
    migrations = (creates(SCHEMA), creates(MENUS), creates(INCOMING))

    def keep(self, channel: str, message_id: str, content: str) -> bool:
        """Keep what a messenger gave us until it is handled; False when it is kept already."""
        key = self._key(channel, message_id)
        body = self._seal("incoming", "body", {"channel": channel, "content": content}, key)
        statement = "insert into incoming (message, body, at) values (?, ?, ?) on conflict do nothing"
        with self._writing():
            return bool(self._db.execute(statement, [key, body, now()]).rowcount)

    def kept(self, channel: str, after: int = 0) -> list[tuple[int, str]]:
        """What a messenger gave us and nobody has handled, numbered in the order it came, after a number."""
        rows = self._read("select id, message, body from incoming where id > ? order by id", after)
        found = ((number, self._open("incoming", "body", body, key)) for number, key, body in rows)
        return [(number, each["content"]) for number, each in found if each["channel"] == channel]

    def handled(self, channel: str, message_ids: Iterable[str]) -> None:
        keys = [(self._key(channel, message_id),) for message_id in message_ids]
        with self._writing():
            for key in keys:
                self._db.execute("delete from incoming where message = ?", key)

    def begin(self, channel: str, message_id: str) -> Begun:
        """A message comes in: for the first time, or again, answered or left in the middle by a crash."""
        key = self._key(channel, message_id)
        with self._writing():
            self._db.execute("delete from seen where at < ?", [now() - SEEN_DAYS * DAY])
            new = self._db.execute(SEEN, [key, now(), 0]).rowcount
            (answered,) = self._db.execute("select answered from seen where message = ?", [key]).fetchone()
        return "new" if new else "answered" if answered else "broken off"

    def answer(
        self,
        channel: str,
        message_id: str,
        conversation_id: str,
        parts: list[Part],
        menu: dict[str, str] | None = None,
        also: Iterable[str] = (),
    ) -> None:
        """Keep what answers a message; from now on it counts as answered.

        Args:
            menu: what a number or a few words, sent back, say (see ``chosen``); None leaves the last one as it is.
            also: ids of further messages that the same answers.
        """
        with self._writing():
            for each in (message_id, *also):
                self._db.execute(
                    "insert into seen (message, at, answered) values (?, ?, 1) "
                    "on conflict (message) do update set answered = 1",
                    [self._key(channel, each), now()],
                )
            self._put(conversation_id, parts)
            self._db.execute("delete from menus where at < ?", [now() - MENU_DAYS * DAY])
            if menu is not None:
                hashed = self._at(conversation_id)
                row = {"place": hashed, "body": self._seal("menus", "body", menu, hashed), "at": now()}
                self._db["menus"].insert(row, replace=True)

    def chosen(self, conversation_id: str, message: str, within: float = MENU_DAYS * DAY) -> str:
        """What somebody means who answers the last menu, with “回复 2”, ２, ② or its words; else what was said.

        Args:
            within: seconds after which a menu is no longer meant.
        """
        hashed = self._at(conversation_id)
        rows = self._read("select body from menus where place = ? and at > ?", hashed, now() - within)
        if not rows:
            return message
        menu = self._open("menus", "body", rows[0][0], hashed)
        number = CHOICE.fullmatch(unicodedata.normalize("NFKC", message))
        return str(menu.get(number[1].lstrip("0") if number else message, message))

    def _at(self, conversation_id: str) -> str:
        return self._blind_index.hash(f"place:{conversation_id}")

    def answer_once(self, channel: str, message_id: str, conversation_id: str, parts: list[Part]) -> None:
        """The same, unless it was answered before."""
        with self._writing():
            key = self._key(channel, message_id)
            if self._db.execute(SEEN, [key, now(), 1]).rowcount:
                self._put(conversation_id, parts)

    def _key(self, channel: str, message_id: str) -> str:
        return self._blind_index.hash(f"{channel}:{message_id}")

    def _put(self, conversation_id: str, parts: list[Part]) -> None:
        hashed, at = self._at(conversation_id), now()
        self._db.execute("delete from outgoing where at < ?", [at - OUTGOING_DAYS * DAY])
        for part in parts:
            number = self._next_id("outgoing")
            kept = part.as_json() | {"key": secrets.token_hex(12)}
            body = self._seal("outgoing", "body", {"place": conversation_id, "part": kept}, number, hashed)
            self._db["outgoing"].insert({"id": number, "place": hashed, "body": body, "at": at})

    def put(self, conversation_id: str, parts: list[Part]) -> None:
        """Keep messages to somebody until they are sent."""
        with self._writing():
            self._put(conversation_id, parts)

    def replace(self, waiting: Sequence[Waiting], parts: Sequence[Part]) -> list[Waiting]:
        """Put fewer messages in the place of some that wait for one person, before what comes after those.

        Returns:
            Those that wait now; one that is as it was keeps its key.
        """
        place, hashed, unchanged = waiting[0].place, self._at(waiting[0].place), {each.part for each in waiting}
        now_waiting = []
        with self._writing():
            for old, part in zip(waiting, parts, strict=False):
                # What was joined to another message has a new key: under the old one only that may have been taken.
                kept = part.as_json() | ({} if part in unchanged else {"key": secrets.token_hex(12)})
                body = self._seal("outgoing", "body", {"place": place, "part": kept}, old.id, hashed)
                self._db.execute("update outgoing set body = ? where id = ?", [body, old.id])
                now_waiting.append(Waiting(old.id, place, Part.from_json(kept)))
            for old in waiting[len(parts) :]:
                self._db.execute("delete from outgoing where id = ?", [old.id])
        return now_waiting

    def waiting(self, conversation_id: str) -> list[Waiting]:
        """What somebody must still get, in order."""
        statement = "select id, place, body from outgoing where place = ? order by id"
        return [self._waiting(*row) for row in self._read(statement, self._at(conversation_id))]

    def places(self) -> list[str]:
        """Everybody for whom something waits, the longest waiting first."""
        rows = self._read(
            "select id, place, body from outgoing where id in (select min(id) from outgoing group by place) order by id"
        )
        return [self._waiting(*row).place for row in rows]

    def sent(self, waiting: Waiting) -> None:
        with self._writing():
            self._db.execute("delete from outgoing where id = ?", [waiting.id])

    def forget(self, conversation_id: str) -> None:
        """Drop what waits for somebody, and what their numbers and words meant."""
        with self._writing():
            for table in ("outgoing", "menus"):
                self._db.execute(f"delete from {table} where place = ?", [self._at(conversation_id)])

    def drop(self, conversation_id: str) -> None:
        """Nobody takes messages there any more."""
        with self._writing():
            self._db.execute("delete from outgoing where place = ?", [self._at(conversation_id)])

    def delete_old(self) -> None:
        """Delete what its time is up for, also where no messenger runs any more."""
        kept = {
            "seen": SEEN_DAYS,
            "incoming": INCOMING_DAYS,
            "outgoing": OUTGOING_DAYS,
            "menus": MENU_DAYS,
            "payloads": PAYLOAD_DAYS,
        }
        with self._writing():
            for table, days in kept.items():
                self._db.execute(f"delete from {table} where at < ?", [now() - days * DAY])

    def key_for(self, payload: str) -> str:
        """A short key for what a button says, where the messenger has no room for it."""
        key = self._blind_index.hash(f"payload:{payload}")[:24]
        hashed = self._payload_hash(key)
        with self._writing():
            self._db.execute("delete from payloads where at < ?", [now() - PAYLOAD_DAYS * DAY])
            # Only whoever has the button opens it: it can repeat what was told in a report.
            body = self._seal("payloads", "body", {BEARER: encrypt_for_bearer(key, payload)}, hashed)
            self._db["payloads"].insert({"key": hashed, "body": body, "at": now()}, replace=True)
        return key

    def secret(self, name: str) -> str:
        """Something nobody else can know, the same after a restart and in every process; 64 of 0-9 and a-f."""
        return self._blind_index.hash(f"secret:{name}")

    def payload_of(self, key: str) -> str | None:
        hashed = self._payload_hash(key)
        if rows := self._read("select body from payloads where key = ?", hashed):
            kept = decrypt_for_bearer(key, self._open("payloads", "body", rows[0][0], hashed)[BEARER])
            return None if kept is None else str(kept)
        # A button that an earlier program showed.
        rows = self._read("select body from payloads where key = ?", key)
        kept = self._open("payloads", "body", rows[0][0], key) if rows else None
        return kept if isinstance(kept, str) else None

    def _payload_hash(self, key: str) -> str:
        return self._blind_index.hash(f"payload key:{key}")[:24]

    def _waiting(self, row_id: int, hashed: str, body: bytes) -> Waiting:
        kept = self._open("outgoing", "body", body, row_id, hashed)
        return Waiting(row_id, kept["place"], Part.from_json(kept["part"]))
