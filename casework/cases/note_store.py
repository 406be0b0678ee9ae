"""What reporters, enterprises and handlers write to each other about a case."""

from __future__ import annotations

from casework.cases.audit_acts import AuditAct
from casework.cases.case import Author, Case, Note, UnreadAnswers
from casework.cases.case_rows import CaseRows
from casework.cases.contact_store import NOT_OPENED
from casework.cases.keyring import SEALED
from casework.cases.unit_keys import KeyPair
from casework.cases.unit_store import CaseKeys, opened_by, sealed_to
from storage.database import hour_of, now, place_of, time_of

TO_TELL = (
    "select case_id, owner, place from followers where place is not null and exists (select 1 from notes "
    "where notes.case_id = followers.case_id and author = 'handler' and notes.id > followers.told)"
)


class NoteStore(CaseRows):
    """The part of the case store that keeps messages."""

    def add_note(self, case: Case, author: Author, text: str, actor: str) -> None:
        """Add a message to a submitted case.

        Raises:
            Conflict: it was withdrawn or deleted meanwhile.
        """
        at = self._moment(actor)
        with self._writing():
            self._touched(case, "update cases set updated = ? where id = ?", [at, case.id])
            self._insert_note(case, author, text, actor, at)
            self._acted(case, actor, at)

    def _insert_note(self, case: Case, author: Author, text: str, actor: str, at: float) -> None:
        """Write a message and its line of the audit, within ``_writing``."""
        note_id = self._next_id("notes")
        body = self._note_body(note_id, case.id, author, text, self._keys_of_case(case.id))
        self._db["notes"].insert({"id": note_id, "case_id": case.id, "author": author, "body": body, "at": at})
        self._record(actor, AuditAct.MESSAGE, case.id, author=author)

    def notes(self, case: Case, internal: bool) -> list[Note]:
        """The messages of a case, with or without those between handlers."""
        rows = self._read("select id, author, body, at from notes where case_id = ? order by id", case.id)
        found = [self._note(case.id, number, author, body, at, case.opener) for number, author, body, at in rows]
        return [note for note in found if internal or note.author != "internal"]

    def _note(
        self, case_id: str, number: int, author: Author, body: bytes, at: float, opener: KeyPair | None = None
    ) -> Note:
        kept = self._open("notes", "body", body, number, case_id, author)
        if isinstance(kept, dict):
            plain = opened_by(place_of("notes", "body", [number, case_id, author]), kept[SEALED], opener)
            kept = NOT_OPENED if plain is None else plain.decode()
        return Note(author, str(kept), time_of(at))

    def _write_note(self, number: int, case_id: str, author: Author, text: str, keys: CaseKeys | None) -> None:
        body = self._note_body(number, case_id, author, text, keys)
        self._db.execute("update notes set body = ? where id = ? and case_id = ?", [body, number, case_id])

    def _note_body(self, number: int, case_id: str, author: Author, text: str, keys: CaseKeys | None) -> bytes:
        """A message, sealed to the units; one that the reporter may read to their receipt as well."""
        row = (number, case_id, author)
        if keys is None or (author != "internal" and keys.reporter is None):
            return self._seal("notes", "body", text, *row)
        recipients = [keys.public] if author == "internal" or not keys.reporter else [keys.public, keys.reporter]
        inner = sealed_to(place_of("notes", "body", row), text.encode(), recipients)
        return self._seal("notes", "body", {SEALED: inner}, *row)

    # Left for who knows the officials --------------------------------------------------------------------

    def leave_announcement(self, case: Case) -> None:
        """Let another process tell the officials that the reporter wrote or sent something."""
        with self._writing():
            self._db["announcements"].insert({"case_id": case.id, "at": hour_of(now())})

    def take_announcements(self) -> list[Case]:
        """The cases whose officials are to be told, each once; from now on they count as told."""
        if not self._read("select 1 from announcements limit 1"):
            return []
        with self._writing():
            rows = self._db.execute("delete from announcements returning case_id").fetchall()
        found = (self.get(case_id) for case_id in dict.fromkeys(row[0] for row in rows))
        return [case for case in found if case]

    # Answers to an enterprise ----------------------------------------------------------------------------

    def untold(self, conversation_id: str) -> list[UnreadAnswers]:
        """What handlers wrote about the self-checks of a conversation since it was told last."""
        found, mine = [], self._owner(conversation_id)
        for case_id, told in self._read("select case_id, told from followers where owner = ?", mine):
            notes = self._read(
                "select id, author, body, at from notes "
                "where case_id = ? and author = 'handler' and id > ? order by id",
                case_id,
                told,
            )
            if notes and (case := self.get(case_id)):
                shown = (self._note(case_id, *note) for note in notes)
                found.append(UnreadAnswers(case, tuple(shown), notes[-1][0]))
        return found

    def told(self, case: Case, conversation_id: str, last: int | None = None) -> None:
        """A conversation knows what handlers wrote about its self-check, up to note ``last``, else all of it."""
        newest = self._read("select max(id) from notes where case_id = ?", case.id)[0][0] or 0
        with self._writing():
            self._db.execute(
                "update followers set told = ? where case_id = ? and owner = ?",
                [newest if last is None else last, case.id, self._owner(conversation_id)],
            )

    def places_to_tell(self, channel: str) -> list[str]:
        """Conversations of a messenger whose self-checks were answered without their knowing yet."""
        rows = self._read(TO_TELL if self.owned else "select case_id, owner, place from rights.followers_to_tell()")
        places = {str(self._open("followers", "place", place, case_id, owner)) for case_id, owner, place in rows}
        return sorted(place for place in places if place.partition(":")[0] == channel)
