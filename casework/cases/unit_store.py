"""Where keys of units and members are kept, and who may open which report with them.

Everything here is either public, or opens with a member's password only; the server's own key is around it once more,
so that who can write to the database cannot put keys of their own there. What has to be done with a unit's key (give it
to a new colleague, change it when one left, give a report to a unit that got its key later) is done in the session of
whoever has it: nobody else can.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.cases.audit_acts import AuditAct
from casework.cases.keyring import NOTHING, Keyring, keyring
from casework.cases.releases import ReleaseStore
from casework.cases.unit_keys import (
    KeyPair,
    UnitKeyError,
    carried,
    escrow,
    handed,
    new_pair,
    opened,
    pair_of,
    picked_up,
    recovered,
    rotated,
    sealed,
    stretched,
    taken,
    unwrapped,
    wrapped_under,
)
from knowledge.directory import OFFICE
from storage.database import now

# Who has the key of reporters' contact details (contact_store.py): it is kept as a unit's, which gets no reports.
CUSTODY = "资料保管员"
# So many reports are given to a unit that got its key later, in one request of somebody who has them.
SERVED_AT_ONCE = 200


class LockedError(RuntimeError):
    """What was asked needs a report's key, and whoever asks has not shown one that opens it."""


@dataclass(frozen=True)
class CaseKeys:
    """Whom a report's content is sealed to.

    Attributes:
        public: of the report's own pair, whose private half its units have.
        reporter: of the pair that only its receipt makes; None until a report from before has shown its receipt.
        units: to which it went; who writes a further one into the database is given nothing.
    """

    public: bytes
    reporter: bytes | None = None
    units: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: dict[str, Any]) -> CaseKeys:
        reporter = kept.get("reporter")
        return cls(bytes.fromhex(kept["public"]), bytes.fromhex(reporter) if reporter else None, tuple(kept["units"]))

    def as_json(self) -> dict[str, Any]:
        reporter = self.reporter.hex() if self.reporter else None
        return {"public": self.public.hex(), "reporter": reporter, "units": list(self.units)}


@dataclass(frozen=True)
class UnitKey:
    """A unit's key in use, as everybody may know it."""

    id: str
    unit: str
    public: bytes = field(repr=False)


def _of_key(account_id: str, key_id: str) -> str:
    """What a member's private half is bound to that a security key opens."""
    return f"members.about:{account_id}|{key_id}"


def sealed_to(place: str, content: bytes, recipients: Iterable[bytes]) -> str:
    return b64encode(sealed(content, place, list(recipients))).decode()


def opened_by(place: str, kept: str, pair: KeyPair | None) -> bytes | None:
    """What was sealed; None when this pair does not open it."""
    if pair is None:
        return None
    try:
        return opened(b64decode(kept), place, pair)
    except UnitKeyError:
        return None


class UnitKeyStore(ReleaseStore):
    """The part of the case store that knows units, members and what is handed to them."""

    # Members ----------------------------------------------------------------------------------------------

    def member_pair(self, account_id: str, password: str) -> KeyPair:
        """A member's own pair by their password, which was checked; made at their first sign-in.

        After a password that somebody else set free (an invitation) the old one is lost where no security key opens it:
        a new one is made, and colleagues hand it the unit's key again.
        """
        return self._unwrapped(account_id, password) or self.new_member_pair(account_id, stretched(password), password)

    def new_member_pair(self, account_id: str, stretch: bytes, password: str = "") -> KeyPair:
        """Another pair for a member whose old one nothing opens, under what their password was stretched to.

        Args:
            password: looked at once more, for another sign-in may have been faster.
        """
        with self._writing():
            if password and (pair := self._unwrapped(account_id, password)):
                return pair
            pair = new_pair()
            self._db.execute("delete from unit_boxes where holder = ?", [account_id])
            kept = b64encode(wrapped_under(pair.private, stretch, account_id)).decode()
            self._write_member(account_id, pair, {"wrapped": kept})
        return pair

    def pair_by_password(self, account_id: str, password: str) -> KeyPair | None:
        """A member's own pair, if it is there and their password opens it."""
        return self._unwrapped(account_id, password)

    def _unwrapped(self, account_id: str, password: str) -> KeyPair | None:
        for kept in self._kept_of_member(account_id):
            try:
                return unwrapped(b64decode(kept), password, account_id)
            except UnitKeyError:
                continue
        return None

    def _kept_of_member(self, account_id: str) -> list[str]:
        """A member's private half under their password; while that is being changed under both."""
        kept = self._member(account_id)
        return [kept[name] for name in ("wrapped", "before") if name in kept]

    def _member(self, account_id: str) -> dict[str, Any]:
        rows = self._read("select about from members where account_id = ?", account_id)
        return dict(self._open("members", "about", rows[0][0], account_id)) if rows else {}

    def wrap_anew(self, account_id: str, pair: KeyPair, password: str) -> None:
        """The same pair under a new password, and under the old one until ``forget_before``: whenever the program
        is stopped, the password that then holds opens it."""
        self.wrap_under(account_id, pair, stretched(password))

    def wrap_under(self, account_id: str, pair: KeyPair, stretch: bytes) -> None:
        """The same, under what the new password was stretched to."""
        kept = b64encode(wrapped_under(pair.private, stretch, account_id)).decode()
        with self._writing():
            before = self._kept_of_member(account_id)[:1]
            both: dict[str, Any] = {"wrapped": kept} | ({"before": before[0]} if before else {})
            self._write_member(account_id, pair, both | self._keys_of_member(account_id))

    def forget_before(self, account_id: str, pair: KeyPair) -> None:
        """The old password opens nothing any more."""
        with self._writing():
            kept: dict[str, Any] = {"wrapped": self._kept_of_member(account_id)[0]}
            self._write_member(account_id, pair, kept | self._keys_of_member(account_id))

    def _write_member(self, account_id: str, pair: KeyPair, kept: Mapping[str, Any]) -> None:
        about = self._seal("members", "about", {"public": pair.public.hex(), **kept}, account_id)
        self._db["members"].insert({"account_id": account_id, "about": about}, replace=True)

    # Members' security keys -------------------------------------------------------------------------------

    def opening_keys(self, account_id: str) -> list[str]:
        """Ids of the security keys that open a member's pair, as their password does."""
        return list(self._keys_of_member(account_id).get("keys", {}))

    def _keys_of_member(self, account_id: str) -> dict[str, dict[str, str]]:
        keys = self._member(account_id).get("keys")
        return {"keys": keys} if keys else {}

    def pair_by_key(self, account_id: str, key_id: str, derived: str) -> KeyPair | None:
        """A member's own pair by the secret that their security key derived; None when it does not open it."""
        kept = self._keys_of_member(account_id).get("keys", {}).get(key_id)
        try:
            return pair_of(picked_up(b64decode(kept), derived, _of_key(account_id, key_id))) if kept else None
        except UnitKeyError:
            return None

    def open_by_key(self, account_id: str, pair: KeyPair, key_id: str, derived: str) -> None:
        """Let a security key open a member's pair from now on, with the secret that it derives."""
        kept = b64encode(carried(pair.private, derived, _of_key(account_id, key_id))).decode()
        with self._writing():
            about = self._member(account_id)
            if about.get("public") == pair.public.hex():  # else another sign-in has made another
                self._write_member(account_id, pair, {**about, "keys": {**about.get("keys", {}), key_id: kept}})

    def close_to_keys(self, account_id: str, key_id: str = "") -> None:
        """A security key opens nothing any more, or none of them does: it was deleted, or is lost."""
        with self._writing():
            about = self._member(account_id)
            if not about.get("keys"):
                return
            left = {key: kept for key, kept in about.pop("keys").items() if key_id and key != key_id}
            sealed_anew = self._seal("members", "about", about | ({"keys": left} if left else {}), account_id)
            self._db.execute("update members set about = ? where account_id = ?", [sealed_anew, account_id])

    def _members(self) -> dict[str, bytes]:
        """Public halves by account."""
        rows = self._read("select account_id, about from members")
        return {
            account: bytes.fromhex(self._open("members", "about", about, account)["public"]) for account, about in rows
        }

    # Units ------------------------------------------------------------------------------------------------

    def _unit_key(self, key: str, unit: str, about: bytes) -> UnitKey:
        return UnitKey(key, unit, bytes.fromhex(self._open("unit_keys", "about", about, key, unit)["public"]))

    def keys_of(self, account_id: str, unit: str, member: KeyPair) -> Keyring:
        """What a member opens with: their unit's key as it was handed to them, and by it those that came before."""
        if not unit:
            return Keyring(member=member)
        rows = self._read(
            "select key_id, unit, box from unit_boxes join unit_keys on id = key_id where holder = ?", account_id
        )
        pairs: dict[str, KeyPair] = {}
        for key, of, box in rows:
            if of == unit and (pair := self._unboxed(key, account_id, box, member)):
                pairs[key] = pair
        self._follow(unit, pairs)
        used = self._read("select id from unit_keys where unit = ? and successor is null", unit)
        current = used[0][0] if used and used[0][0] in pairs else ""
        return Keyring(unit, member, pairs, current)

    def _follow(self, unit: str, pairs: dict[str, KeyPair]) -> None:
        """Add the keys that came before those at hand."""
        chain = self._read(
            "select id, successor, chain from unit_keys where unit = ? and successor is not null order by at desc", unit
        )
        for key, successor, kept in chain:
            if key not in pairs and successor in pairs:
                pairs[key] = taken(self._bytes("unit_keys", "chain", kept, key, successor), pairs[successor])

    def _unboxed(self, key: str, holder: str, box: bytes, pair: KeyPair) -> KeyPair | None:
        try:
            return taken(self._bytes("unit_boxes", "box", box, key, holder), pair)
        except UnitKeyError:
            return None

    def _bytes(self, table: str, column: str, kept: bytes, *row: Any) -> bytes:
        return b64decode(self._open(table, column, kept, *row))

    def _seal_bytes(self, table: str, column: str, value: bytes, *row: Any) -> bytes:
        return self._seal(table, column, b64encode(value).decode(), *row)

    def _give(self, key: str, private: bytes, holder: str, public: bytes) -> None:
        box = self._seal_bytes("unit_boxes", "box", handed(private, public), key, holder)
        self._db["unit_boxes"].insert({"key_id": key, "holder": holder, "box": box}, replace=True)

    def first_key(self, account_id: str, unit: str, member: KeyPair) -> bool:
        """Make a unit's key when its first member is there; whoever comes later is handed it. False: it has one."""
        if self._receiving([unit]):
            return False
        with self._writing():
            if self._db.execute("select 1 from unit_keys where unit = ? and successor is null", [unit]).fetchone():
                return False
            if self._members().get(account_id) != member.public:
                return False  # a key handed to it would be lost: another session has another pair
            pair = new_pair()
            self._add_unit_key(unit, pair)
            self._give(pair.id, pair.private, account_id, member.public)
            self._record(account_id, AuditAct.MAKE_UNIT_KEY, None, unit=unit)
        return True

    def _add_unit_key(self, unit: str, pair: KeyPair, served: bool = False) -> None:
        about = self._seal("unit_keys", "about", {"public": pair.public.hex()}, pair.id, unit)
        row = {"id": pair.id, "unit": unit, "about": about, "served": int(served), "at": now()}
        self._db["unit_keys"].insert(row)

    # What is done in a session of somebody who has the key ------------------------------------------------

    def do_errands(self, account_id: str, keys: Keyring, members: Mapping[str, str]) -> bool:
        """Hand on, change and seal what only this session can; returns whether the unit's key was changed.

        Args:
            members: the unit of every account that may read reports now, by account.
        """
        if not keys.current:
            return False
        changed = False
        for unit, pair in self._at_hand(keys):
            changed = self._settle(unit, pair, account_id, members) or changed
        self._serve(keys)
        return changed

    def _at_hand(self, keys: Keyring) -> list[tuple[str, KeyPair]]:
        """The keys in use that a session has: its unit's own; the office has all, since every report comes to it."""
        found = [(keys.unit, keys.pairs[keys.current])]
        if keys.unit == OFFICE:
            rows = self._read(
                "select key_id, unit, holder, box from unit_boxes join unit_keys on id = key_id "
                "where successor is null and unit != ?",
                OFFICE,
            )
            for key, unit, holder, box in rows:
                if holder in keys.pairs and (pair := self._unboxed(key, holder, box, keys.pairs[holder])):
                    found.append((unit, pair))
        return found

    def _settle(self, unit: str, pair: KeyPair, account_id: str, members: Mapping[str, str]) -> bool:
        """Make who has a unit's key the same as who should; when somebody left, the key is another from now on."""
        offices = [row[0] for row in self._read("select id from unit_keys where unit = ? order by at", OFFICE)]
        has = {row[0] for row in self._read("select holder from unit_boxes where key_id = ?", pair.id)}
        here = {account for account, of in members.items() if of == unit}
        left = has - here - set(offices)
        signed_in_once = {row[0] for row in self._read("select account_id from members")}
        wanted = here & signed_in_once | (set(offices[-1:]) if unit != OFFICE else set())
        if not left and wanted <= has:
            return False
        publics = {account: public for account, public in self._members().items() if account in wanted}
        publics |= {office.id: office.public for office in self._receiving([OFFICE]) if office.id in wanted}
        with self._writing():
            if left:
                pair, has = self._changed_key(unit, pair, account_id), set()
            for holder, public in publics.items():
                if holder not in has:
                    self._give(pair.id, pair.private, holder, public)
                    self._record(account_id, AuditAct.HAND_UNIT_KEY, None, unit=unit)
        return bool(left)

    def _changed_key(self, unit: str, before: KeyPair, account_id: str) -> KeyPair:
        """Another key for a unit, within ``_writing``; that before opens with it."""
        after, chained = rotated(before)
        (served,) = self._db.execute("select served from unit_keys where id = ?", [before.id]).fetchone()
        chain = self._seal_bytes("unit_keys", "chain", chained, before.id, after.id)
        self._db.execute("update unit_keys set successor = ?, chain = ? where id = ?", [after.id, chain, before.id])
        self._add_unit_key(unit, after, bool(served))
        self._db.execute("delete from unit_boxes where key_id = ?", [before.id])
        self._record(account_id, AuditAct.CHANGE_UNIT_KEY, None, unit=unit)
        return after

    def _serve(self, keys: Keyring) -> None:
        """Give reports to units that got their key after they were sealed, as far as this session opens them."""
        waiting = self._read("select id, unit, about from unit_keys where successor is null and served = 0")
        for key, unit, about in waiting:
            wanted = self._unit_key(key, unit, about)
            theirs = (
                "select case_id from routes where unit = ? and exists (select 1 from cases where id = case_id "
                "and keys is not null) and not exists (select 1 from case_boxes "
                "where case_boxes.case_id = routes.case_id and case_boxes.unit = routes.unit)"
            )
            mine = "exists (select 1 from case_boxes where case_boxes.case_id = routes.case_id and unit = ?)"
            rows = self._read(f"{theirs} and {mine} limit ?", unit, keys.unit, SERVED_AT_ONCE)
            if not rows and self._read(f"{theirs} limit 1", unit):
                continue  # somebody else has those
            with self._writing():
                for (case_id,) in rows:
                    of_case, pair = self._keys_of_case(case_id), self._case_pair(case_id, keys)
                    if of_case and pair and unit in of_case.units:
                        self._box(case_id, pair, wanted)
                if len(rows) < SERVED_AT_ONCE and not self._db.execute(f"{theirs} limit 1", [unit]).fetchone():
                    self._db.execute("update unit_keys set served = 1 where id = ?", [key])

    # Cases ------------------------------------------------------------------------------------------------

    def _receiving(self, units: Iterable[str]) -> list[UnitKey]:
        """The keys of those units that have one."""
        wanted = list(dict.fromkeys(units))
        marks = ", ".join("?" * len(wanted)) or "null"
        rows = self._read(
            f"select id, unit, about from unit_keys where successor is null and unit in ({marks})", *wanted
        )
        return [self._unit_key(*row) for row in rows]

    def _box(self, case_id: str, pair: KeyPair, to: UnitKey) -> None:
        box = self._seal_bytes("case_boxes", "box", handed(pair.private, to.public), case_id, to.unit, to.id)
        self._db.execute(
            "insert into case_boxes (case_id, unit, key_id, box) values (?, ?, ?, ?) "
            "on conflict (case_id, unit) do update set key_id = excluded.key_id, box = excluded.box",
            [case_id, to.unit, to.id, box],
        )

    def _case_pair(self, case_id: str, keys: Keyring | None = None) -> KeyPair | None:
        """A report's own pair, opened with the keys that were shown; None when they do not open it."""
        keys = keyring() if keys is None else keys
        if keys is NOTHING or not keys.pairs:
            return None
        for unit, key, box in self._read("select unit, key_id, box from case_boxes where case_id = ?", case_id):
            if key in keys.pairs:
                return taken(self._bytes("case_boxes", "box", box, case_id, unit, key), keys.pairs[key])
        return None

    def _keys_of_case(self, case_id: str) -> CaseKeys | None:
        rows = self._read("select keys from cases where id = ?", case_id)
        return self._case_keys(case_id, rows[0][0]) if rows else None

    def _write_case_keys(self, case_id: str, keys: CaseKeys) -> None:
        sealed = self._seal("cases", "keys", keys.as_json(), case_id)
        self._db.execute("update cases set keys = ? where id = ?", [sealed, case_id])

    def _case_keys(self, case_id: str, kept: bytes | None) -> CaseKeys | None:
        return CaseKeys.of(self._open("cases", "keys", kept, case_id)) if kept else None

    # Escrow -----------------------------------------------------------------------------------------------

    def shares_of(self, account_id: str, keys: Keyring) -> list[str]:
        """Three shares of the key of who asks, two of which open; they are shown once and kept nowhere.

        Raises:
            LockedError: this session has no key of its unit.
        """
        if not keys.current:
            raise LockedError(keys.unit)
        shares = escrow(keys.pairs[keys.current].private)
        with self._writing():
            self._db.execute("update unit_keys set escrowed = 1 where id = ?", [keys.current])
            self._record(account_id, AuditAct.PRINT_SHARES, None, unit=keys.unit)
        return shares

    def is_escrowed(self, unit: str) -> bool:
        rows = self._read("select escrowed from unit_keys where unit = ? and successor is null", unit)
        return bool(rows and rows[0][0])

    def recover(self, unit: str, shares: Iterable[str], account_id: str) -> None:
        """Give a lost unit's key to a member, from two of its shares; then the unit has another key.

        Raises:
            UnitKeyError: the shares are too few, mistyped, or of no key of this unit; or the member has not signed in.
        """
        public = self._members().get(account_id)
        if public is None:
            raise UnitKeyError("the member has no key yet")
        rows = self._read("select id, unit, about, successor from unit_keys where unit = ? order by at desc", unit)
        given, pair = list(shares), None
        for key, of, about, _ in rows:
            try:
                pair = recovered(given, self._unit_key(key, of, about).public)
                break
            except UnitKeyError:
                continue
        if pair is None:
            raise UnitKeyError("these shares are of no key of this unit")
        if next(successor for key, _, _, successor in rows if key == pair.id):
            raise UnitKeyError("these shares are of a key that the unit has changed since")
        with self._writing():
            after = self._changed_key(unit, pair, account_id)
            self._give(after.id, after.private, account_id, public)
            self._record("command line", AuditAct.RECOVER_UNIT_KEY, None, unit=unit)
