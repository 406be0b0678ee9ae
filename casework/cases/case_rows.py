"""How a case is read from its row, and what every part of the store does with one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from casework.cases.audit import REPORTER, AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.case import Case, Conflict, Kind, Route
from casework.cases.case_secrets import CaseSecrets
from casework.cases.contact_store import ContactStore
from casework.cases.keyring import SEALED
from casework.cases.unit_keys import KeyPair
from casework.cases.unit_store import opened_by
from storage.database import STORE_ERRORS, StoreLocation, place_of, time_of
from storage.encryption import Encryptor
from storage.erasing import ConversationTables
from storage.migrations import MIGRATIONS, SUBMITTED_IS_FINAL, guard, unguard

# In the order of _case.
COLUMNS = (
    "id, kind, status, number, code, amends, version, revision, county, content, "
    "created, updated, submitted, closed, sector, severity, acted, outcome, keys"
)
# Where the id of their case stands in rows that take its secret to be opened; a table, or one column of it.
CASE_IN_ROW = {("cases", ""): 0, ("case_boxes", ""): 0, ("evidence", ""): 1, ("notes", ""): 1}
CASE_IN_ROW |= {("releases", "about"): 1, ("releases", "copy"): 1}


class CaseRows(ContactStore):
    """The rows of cases, their secrets and their audit."""

    sealed = (
        ("cases", "content", ("id",)),
        ("evidence", "about", ("id", "case_id")),
        ("notes", "body", ("id", "case_id", "author")),
        ("deliveries", "receipt", ("owner",)),
        ("audit_head", "sealed", ("id",)),
        ("followers", "place", ("case_id", "owner")),
        ("releases", "about", ("id", "case_id", "what", "asked_by")),
        ("releases", "decision", ("id", "asked_by")),
        ("releases", "copy", ("id", "case_id", "asked_by")),
        ("cases", "keys", ("id",)),
        ("cases", "contact", ("id",)),
        ("members", "about", ("account_id",)),
        ("unit_keys", "about", ("id", "unit")),
        ("unit_keys", "chain", ("id", "successor")),
        ("unit_boxes", "box", ("key_id", "holder")),
        ("case_boxes", "box", ("case_id", "unit", "key_id")),
    )
    migrations = MIGRATIONS
    # Where conversations are kept: what was said of a report goes with its submission.
    conversations: ConversationTables | None = None

    def __init__(self, location: StoreLocation | Path, encryptor: Encryptor) -> None:
        """Open the store and that of the cases' secrets beside it, made or migrated as needed.

        Raises:
            KeyFileError: it was written with a key that is not there.
        """
        location = location if isinstance(location, StoreLocation) else StoreLocation(location)
        self.secrets = CaseSecrets(
            replace(location, path=location.path.with_name(f"{location.path.stem}_keys.db")), encryptor
        )
        super().__init__(location, encryptor)

    def close(self) -> None:
        super().close()
        self.secrets.close()

    def write_over(self) -> None:
        super().write_over()
        self.secrets.write_over()

    # Reading ---------------------------------------------------------------------------------------------

    def get(self, case_id: str, opener: KeyPair | None = None) -> Case | None:
        rows = self._read(f"select {COLUMNS} from cases where id = ?", case_id)
        return self._case(rows[0], opener) if rows else None

    def again(self, case: Case) -> Case | None:
        """The case as it is now, opened as it was."""
        return self.get(case.id, case.opener)

    def routes(self, case: Case) -> list[Route]:
        rows = self._read("select unit, role, because from routes where case_id = ? order by role desc, rowid", case.id)
        return [Route(*row) for row in rows]

    def _one(self, statement: str, value: str) -> Case | None:
        rows = self._read(statement, value)
        return self._case(rows[0]) if rows else None

    def _required(self, case_id: str, opener: KeyPair | None = None) -> Case:
        case = self.get(case_id, opener)
        if case is None:
            raise Conflict(case_id)
        return case

    def _case(self, row: Sequence[Any], opener: KeyPair | None = None) -> Case:
        (case_id, kind, status, number, _, amends, version, revision, county, sealed, *rest, kept) = row
        content, keys = self._open("cases", "content", sealed, case_id), self._case_keys(case_id, kept)
        if SEALED in content:
            opener = opener or self._case_pair(case_id)
            plain = opened_by(place_of("cases", "content", [case_id]), content[SEALED], opener)
            content = {} if plain is None else json.loads(plain)
        code = content.pop("code", "")
        created, updated, submitted, closed, sector, severity, acted, outcome = rest
        return Case(
            id=case_id,
            kind=kind,
            status=status,
            number=number,
            code=code,
            amends=amends,
            version=version,
            revision=revision,
            county=county,
            content=content,
            created=time_of(created),
            updated=time_of(updated),
            submitted=None if submitted is None else time_of(submitted),
            closed=None if closed is None else time_of(closed),
            sector=sector,
            severity=severity,
            acted=None if acted is None else time_of(acted),
            outcome=outcome,
            keys=keys,
            opener=opener,
        )

    # Finding by keyed hashes -----------------------------------------------------------------------------

    def _term(self, term: str) -> bytes:
        return bytes.fromhex(self._blind_index.hash(f"term:{term}"))[:16]

    def _add_terms(self, case_id: str, terms: Sequence[str]) -> None:
        for term in {self._term(term) for term in terms}:
            self._db.execute("insert into terms (term, case_id) values (?, ?) on conflict do nothing", [term, case_id])

    def _owner(self, conversation_id: str) -> str:
        return self._blind_index.hash(f"owner:{conversation_id}")

    # Keys of their own -----------------------------------------------------------------------------------

    def _secret_of(self, table: str, column: str, row: Sequence[Any]) -> bytes:
        at = CASE_IN_ROW.get((table, column), CASE_IN_ROW.get((table, "")))
        return self.secrets.of(str(row[at])) if at is not None and row[at] else b""

    def _own_key(self, kind: Kind, case_id: str) -> dict[str, Any]:
        """Make a tip-off's secret, before anything of it is sealed; a self-check is a record and has none."""
        if kind != "tip_off":
            return {}
        self.secrets.make(case_id)
        return {"own_key": 1}

    def _doom(self, case_id: str) -> None:
        """Note that a case is gone, within ``_writing``: two stores are not written at the same moment."""
        self._db.execute("insert into doomed (case_id) values (?) on conflict do nothing", [case_id])

    def destroy_doomed(self) -> None:
        """Destroy the secrets of cases that are gone; what fails is tried again each minute."""
        with suppress(*STORE_ERRORS):
            gone = [row[0] for row in self._read("select case_id from doomed")]
            if not gone:
                return
            self.secrets.destroy(gone)
            with self._writing():
                for case_id in gone:
                    self._db.execute("delete from doomed where case_id = ?", [case_id])

    # Writing ---------------------------------------------------------------------------------------------

    @contextmanager
    def _writing_with(self, tables: ConversationTables | None) -> Iterator[ConversationTables | None]:
        """One transaction over cases and conversations; without conversations over cases alone."""
        with self._lock, tables.within(self._db) if tables else nullcontext() as there, self._writing():
            yield tables if there else None

    def _touched(self, case: Case, statement: str, values: Sequence[Any]) -> None:
        """Change a case's row, within ``_writing``: of one that is gone nothing may be recorded as done."""
        if not self._db.execute(statement, values).rowcount:
            raise Conflict(case.id)

    def _acted(self, case: Case, actor: str, at: float) -> None:
        if actor != REPORTER:
            self._db.execute("update cases set acted = ? where id = ? and acted is null", [at, case.id])

    @contextmanager
    def _unguarded(self) -> Iterator[None]:
        unguard(self._db, SUBMITTED_IS_FINAL)
        yield
        guard(self._db, SUBMITTED_IS_FINAL)

    def record(self, actor: str, act: AuditAct, case: Case | str | None = None, **details: str | int) -> None:
        """Add a line to the audit, about a case or not."""
        super().record(actor, act, case.id if isinstance(case, Case) else case, **details)

    def history(self, case: Case) -> list[AuditEntry]:
        return self.history_of(case.id)
