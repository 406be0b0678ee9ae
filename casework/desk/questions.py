"""What the assistant could not answer, for those who can, and how often each job was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from knowledge.text import clean, normalise
from storage.database import SECRETS, EncryptedStore, creates, now, time_of

LONGEST_QUESTION = 200
# Phone, card and identity numbers are nobody's business here.
LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}[\dxX]?")
WHY_NAMES = {"declined": "判为范围外", "not found": "没有找到条款", "unhelpful": "用户说不对"}

SCHEMA = f"""{SECRETS};
create table questions (
    id text primary key, question blob not null, why text not null, times integer not null default 1,
    first real not null, last real not null, settled text);
create table turns (day text not null, job text not null, turns integer not null, primary key (day, job));
"""
PRAISE = "create table praise (clause text primary key, times integer not null)"


@dataclass(frozen=True)
class Unanswered:
    """A question that got no good answer; long numbers are masked."""

    id: str
    text: str = field(repr=False)
    why: str
    times: int
    first: datetime
    last: datetime


class Questions(EncryptedStore):
    """Unanswered questions, sealed, and turns counted by day and job."""

    sealed = (("questions", "question", ("id",)),)
    migrations = (creates(SCHEMA), creates(PRAISE))
    synchronous = "normal"
    durable = False

    def count_turn(self, job: str, day: date) -> None:
        with self._writing():
            self._db.execute(
                "insert into turns (day, job, turns) values (?, ?, 1) "
                "on conflict (day, job) do update set turns = turns.turns + 1",
                [day.isoformat(), job],
            )

    def turns(self, since: date, until: date) -> dict[str, int]:
        """Turns of each job from one day to another, both included."""
        statement = "select job, sum(turns) from turns where day between ? and ? group by job order by 2 desc"
        return {job: int(turns) for job, turns in self._read(statement, since.isoformat(), until.isoformat())}

    def note(self, question: str, why: str) -> None:
        """Keep a question that got no good answer, or count it once more."""
        text = LONG_NUMBER.sub("…", clean(question))[:LONGEST_QUESTION]
        key, at = self._blind_index.hash(f"question:{normalise(text)}")[:32], now()
        if not normalise(text):
            return
        with self._writing():
            self._db.execute(
                "insert into questions (id, question, why, first, last) values (?, ?, ?, ?, ?) "
                "on conflict (id) do update set times = questions.times + 1, last = excluded.last, why = excluded.why",
                [key, self._seal("questions", "question", text, key), why, at, at],
            )

    def praise(self, clause: str) -> None:
        """Somebody found the answer with this clause helpful."""
        with self._writing():
            self._db.execute(
                "insert into praise (clause, times) values (?, 1) "
                "on conflict (clause) do update set times = praise.times + 1",
                [clause],
            )

    def praised(self) -> dict[str, int]:
        """How often answers were found helpful, by clause, the most helpful first."""
        return {
            clause: int(times) for clause, times in self._read("select clause, times from praise order by times desc")
        }

    def open(self, limit: int = 200) -> list[Unanswered]:
        """What is not settled, the most asked first."""
        statement = (
            "select id, question, why, times, first, last from questions where settled is null "
            "order by times desc, last desc limit ?"
        )
        return [self._unanswered(row) for row in self._read(statement, limit)]

    def get(self, question_id: str) -> Unanswered | None:
        statement = "select id, question, why, times, first, last from questions where id = ?"
        return next((self._unanswered(row) for row in self._read(statement, question_id)), None)

    def settle(self, question_ids: Iterable[str], how: str) -> None:
        """Take questions off the list: ``answered`` now, or ``dismissed``."""
        with self._writing():
            for question_id in question_ids:
                self._db.execute("update questions set settled = ? where id = ?", [how, question_id])

    def delete_older_than(self, days: int) -> None:
        with self._writing():
            self._db.execute("delete from questions where last < ?", [now() - days * 86_400])

    def _unanswered(self, row: tuple[str, bytes, str, int, float, float]) -> Unanswered:
        text = self._open("questions", "question", row[1], row[0])
        return Unanswered(row[0], text, row[2], row[3], time_of(row[4]), time_of(row[5]))
