"""How a tip-off is sealed to the units it goes to and to its receipt, at once or when they get a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from casework.cases.case import Case, Filing
from casework.cases.case_rows import CASE_IN_ROW, COLUMNS
from casework.cases.contact import apart
from casework.cases.evidence_store import EvidenceStore, as_bytes
from casework.cases.keyring import SEALED
from casework.cases.note_store import NoteStore
from casework.cases.receipts import slow_hash
from casework.cases.unit_keys import KeyPair, new_pair, pair_from
from casework.cases.unit_store import CaseKeys, UnitKey, sealed_to
from storage.database import place_of

# What stands in clear of a submitted tip-off is sealed with it once more, to be held against it.
FILED = "filed"
# Reports from before their units had a key that are sealed in one transaction.
SEALED_AT_ONCE = 100


class CaseSealing(NoteStore, EvidenceStore):
    """The part of the case store that seals a tip-off, and opens it by its receipt."""

    def by_receipt(self, receipt: str) -> Case | None:
        """The tip-off of a receipt, which opens what was said to and fro; takes some 30 ms on purpose."""
        stretched = self._stretched(receipt)
        rows = self._read(f"select {COLUMNS} from cases where code = ?", self._receipt_hash(stretched))
        if not rows:
            return None
        pair = pair_from(stretched)
        return self._meet_reporter(self._case(rows[0], pair), pair.public)

    def _meet_reporter(self, case: Case, reporter: bytes) -> Case:
        """A report from before shows its receipt: what was said so far is sealed to it now."""
        if case.keys is None or case.keys.reporter:
            return case
        keys = replace(case.keys, reporter=reporter)
        with self._writing():
            self._write_case_keys(case.id, keys)
            rows = self._db.execute("select id, author, body from notes where case_id = ?", [case.id]).fetchall()
            for number, author, body in rows:
                if isinstance(text := self._open("notes", "body", body, number, case.id, author), str):
                    self._write_note(number, case.id, author, text, keys)
            files = self._db.execute("select id, about from evidence where case_id = ?", [case.id]).fetchall()
            for file, sealed in files:
                about = self._open("evidence", "about", sealed, file, case.id)
                if isinstance(listed := about.get("listed"), dict):
                    place = f"{place_of('evidence', 'about', [file, case.id])} listed"
                    about["listed"] = sealed_to(place, as_bytes(listed), [reporter])
                    kept = self._seal("evidence", "about", about, file, case.id)
                    change = "update evidence set about = ? where id = ? and case_id = ?"
                    self._db.execute(change, [kept, file, case.id])
        return replace(case, keys=keys)

    def _stretched(self, receipt: str) -> bytes:
        """What a receipt is found by and opens with; dear to make, and kept nowhere."""
        salt = bytes.fromhex(self._blind_index.hash("receipt salt"))[:16]
        return bytes.fromhex(slow_hash(receipt, salt))

    def _receipt_hash(self, stretched: bytes) -> str:
        return self._blind_index.hash(f"receipt:{stretched.hex()}")

    # To units --------------------------------------------------------------------------------------------

    def _box_for(self, case_id: str, pair: KeyPair | None, receiving: Iterable[UnitKey]) -> None:
        """Hand a report's own pair to its units, within ``_writing``; None where no unit has a key yet."""
        if pair:
            for unit in receiving:
                self._box(case_id, pair, unit)

    def _box_to(self, case: Case, unit: str) -> None:
        """Give a unit what it opens a sealed report with, within ``_writing``."""
        if (keys := self._keys_of_case(case.id)) is None:
            return
        if unit not in keys.units:
            self._write_case_keys(case.id, replace(keys, units=(*keys.units, unit)))
        there = self._db.execute("select 1 from case_boxes where case_id = ? and unit = ?", [case.id, unit]).fetchone()
        for key in [] if there else self._receiving([unit]):
            if case.opener is not None and case.opener.public == keys.public:
                self._box(case.id, case.opener, key)
            else:
                self._db.execute("update unit_keys set served = 0 where id = ?", [key.id])

    def _content_row(
        self, case_id: str, content: dict[str, Any], keys: CaseKeys | None, filed: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The columns of a report's content, sealed to its units where they have keys."""
        beside = {FILED: filed} if filed else {}
        if keys is None:
            return {"content": self._seal("cases", "content", {**content, **beside}, case_id), "keys": None}
        plain, details = apart({key: value for key, value in content.items() if key not in (FILED, "code")})
        inner = sealed_to(place_of("cases", "content", [case_id]), as_bytes(plain), [keys.public])
        outer = self._seal("cases", "content", {SEALED: inner, **beside}, case_id)
        row = {"content": outer, "keys": self._seal("cases", "keys", keys.as_json(), case_id)}
        return row | self._contact_row(case_id, details, keys)

    def seal_earlier(self, most: int = SEALED_AT_ONCE) -> int:
        """Seal reports that came before any of their units had a key; returns how many.

        What was said to and fro stays under the server's key until the receipt is shown, which alone says to whom
        it is to be sealed.
        """
        earlier = (
            "from cases where kind = 'tip_off' and status != 'draft' and keys is null and exists (select 1 from routes "
            "join unit_keys on unit_keys.unit = routes.unit and successor is null where routes.case_id = cases.id)"
        )
        if not self._read(f"select 1 {earlier} limit 1"):
            return 0
        with self._writing():
            rows = self._db.execute(f"select {COLUMNS} {earlier} limit ?", [most]).fetchall()
            for row in rows:
                self._seal_case(self._case(row))
        return len(rows)

    def _seal_case(self, case: Case) -> None:
        pair, content = new_pair(), case.content
        filing = Filing(self.routes(case))
        keys = CaseKeys(pair.public, units=units_of(filing))
        files, notes = self.evidence(case), self.notes(case, internal=True)
        row = self._content_row(case.id, content, keys, content.get(FILED))
        changes = ", ".join(f"{name} = ?" for name in row)
        self._db.execute(f"update cases set {changes} where id = ?", [*row.values(), case.id])
        for file in files:
            self._write_evidence(file, case.id, keys)
        numbers = self._db.execute("select id from notes where case_id = ? order by id", [case.id]).fetchall()
        for (number,), note in zip(numbers, notes, strict=True):
            self._write_note(number, case.id, note.author, note.text, keys)
        self._box_for(case.id, pair, self._receiving(keys.units))

    # With a secret of their own --------------------------------------------------------------------------

    def key_earlier(self, most: int = SEALED_AT_ONCE) -> int:
        """Give tip-offs from before a secret of their own; returns how many."""
        rows = self._read("select id from cases where kind = 'tip_off' and own_key = 0 limit ?", most)
        for (case_id,) in rows:
            if not self.secrets.of(case_id):
                self.secrets.make(case_id)
            with self._writing():
                self._seal_case_anew(case_id)
                self._db.execute("update cases set own_key = 1 where id = ?", [case_id])
        return len(rows)

    def _seal_case_anew(self, case_id: str) -> None:
        for table, column, columns in self.sealed:
            at = CASE_IN_ROW.get((table, column), CASE_IN_ROW.get((table, "")))
            if at is None:
                continue
            listed, same = ", ".join((column, *columns)), " and ".join(f"{name} = ?" for name in columns)
            found = self._db.execute(f"select {listed} from {table} where {columns[at]} = ?", [case_id]).fetchall()
            for kept, *row in found:
                if kept is not None:
                    sealed = self._seal(table, column, self._open(table, column, kept, *row), *row)
                    self._db.execute(f"update {table} set {column} = ? where {same}", [sealed, *row])


def units_of(filing: Filing) -> tuple[str, ...]:
    return tuple(dict.fromkeys(route.unit for route in filing.routes))
