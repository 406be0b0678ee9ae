"""Contact details of reporters: sealed to their custodians, opened for one official at a time.

The units of a report cannot open them. Who needs them asks; a custodian, or a second member of the leading group's
office, opens them in their own session and seals a copy to the key of who asked, deleted when its time is over.
Until the custodians have a key the details are sealed to the report's units, and move over in the next session that
opens the report. The office holds the custodians' key as it holds every unit's: within the office, and among
custodians, that two people are needed is a rule of the program and no matter of keys.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from casework.cases.audit_acts import AuditAct
from casework.cases.contact import apart, encoded
from casework.cases.keyring import SEALED, Keyring, keyring
from casework.cases.releases import OPEN_HOURS, Release, ReleaseError, Request
from casework.cases.unit_keys import KeyPair, new_pair
from casework.cases.unit_store import CUSTODY, CaseKeys, UnitKey, UnitKeyStore, opened_by, sealed_to
from knowledge.directory import OFFICE
from storage.database import now, place_of

# Reports whose contact details one request hands to the custodians.
MOVED_AT_ONCE = 50
# What is shown in place of words that nobody here opens.
NOT_OPENED = "（内容已密封，这里打不开）"
NOT_AT_HAND = "联系方式现在打不开：还没有交到您这里。请等一位能打开这件举报的同事登录工作台后，再审批。"
NO_KEY = "申请人还没有本人密钥，联系方式交不到他手里。请申请人退出后用密码重新登录工作台，再申请。"


class ContactStore(UnitKeyStore):
    """The part of the case store that keeps contact details apart."""

    # The custodians' key ----------------------------------------------------------------------------------

    def first_custody_key(self, account_id: str) -> None:
        """Make the custodians' key, in the office's hands, where no custodian has come yet."""
        if self._receiving([CUSTODY]) or not self._receiving([OFFICE]):
            return
        with self._writing():
            taken = self._db.execute("select 1 from unit_keys where unit = ? and successor is null", [CUSTODY])
            offices = self._receiving([OFFICE])
            if taken.fetchone() or not offices:
                return
            pair = new_pair()
            self._add_unit_key(CUSTODY, pair, served=True)
            self._give(pair.id, pair.private, offices[0].id, offices[0].public)
            self._record(account_id, AuditAct.MAKE_UNIT_KEY, None, unit=CUSTODY)

    def _custody_pairs(self, keys: Keyring) -> dict[str, KeyPair]:
        """The custodians' keys that a session has, by id."""
        if keys.unit == CUSTODY:
            return dict(keys.pairs)
        if keys.unit != OFFICE or not keys.current:
            return {}
        found = {pair.id: pair for unit, pair in self._at_hand(keys) if unit == CUSTODY}
        self._follow(CUSTODY, found)
        return found

    # Keeping them apart -----------------------------------------------------------------------------------

    def _contact_row(self, case_id: str, details: dict[str, Any], keys: CaseKeys) -> dict[str, Any]:
        """The columns of contact details: for the custodians, or for the report's units until those have a key."""
        custody = self._receiving([CUSTODY])
        return self._contact_for(case_id, details, custody[0] if custody else None, keys)

    def _contact_for(
        self, case_id: str, details: dict[str, Any], custody: UnitKey | None, keys: CaseKeys
    ) -> dict[str, Any]:
        place = place_of("cases", "contact", [case_id])
        inner = sealed_to(place, encoded(details), [custody.public if custody else keys.public])
        kept = self._seal("cases", "contact", {SEALED: inner}, case_id)
        return {"contact": kept, "contact_key": custody.id if custody else None}

    def _move_contacts(self, keys: Keyring) -> None:
        """Hand the custodians what this session's unit still opens: of reports from before they had a key."""
        custody = self._receiving([CUSTODY])
        if not custody or not keys.current:
            return
        rows = self._read(
            "select id from cases where keys is not null and contact_key is null and exists (select 1 from case_boxes "
            "where case_boxes.case_id = cases.id and case_boxes.unit = ?) limit ?",
            keys.unit,
            MOVED_AT_ONCE,
        )
        for (case_id,) in rows:
            self._move_contact(case_id, keys, custody[0])

    def _move_contact(self, case_id: str, keys: Keyring, custody: UnitKey) -> None:
        pair = self._case_pair(case_id, keys)
        if pair is None:
            return
        with self._writing():
            rows = self._db.execute(
                "select content, contact, keys from cases where id = ? and contact_key is null and keys is not null",
                [case_id],
            ).fetchall()
            for content, contact, kept in rows:
                of_case = self._case_keys(case_id, kept)
                details = self._opened_contact(case_id, contact, [pair]) if contact else None
                row: dict[str, Any] = {}
                if details is None:  # an earlier program kept them with the story
                    outer = self._open("cases", "content", content, case_id)
                    place = place_of("cases", "content", [case_id])
                    plain = opened_by(place, outer[SEALED], pair)
                    if plain is None or of_case is None:
                        continue
                    rest, details = apart(json.loads(plain))
                    inner = sealed_to(place, json.dumps(rest, ensure_ascii=False).encode(), [of_case.public])
                    row["content"] = self._seal("cases", "content", {**outer, SEALED: inner}, case_id)
                if of_case:
                    row |= self._contact_for(case_id, details, custody, of_case)
                    changes = ", ".join(f"{name} = ?" for name in row)
                    self._db.execute(f"update cases set {changes} where id = ?", [*row.values(), case_id])

    def _opened_contact(self, case_id: str, contact: bytes, pairs: Sequence[KeyPair | None]) -> dict[str, Any] | None:
        kept = self._open("cases", "contact", contact, case_id)[SEALED]
        for pair in pairs:
            if plain := opened_by(place_of("cases", "contact", [case_id]), kept, pair):
                found: dict[str, Any] = json.loads(plain)
                return found
        return None

    # What an official writes in a request ----------------------------------------------------------------

    def _words_kept(self, words: dict[str, Any], request: Request, row: Sequence[Any]) -> dict[str, Any]:
        """For who asks and who decides: the custodians, and the office, which has their key."""
        custody, asker = self._receiving([CUSTODY]), self._members().get(request.asked_by)
        if not custody or asker is None:
            return words
        place = place_of("releases", "about", row)
        return {SEALED: sealed_to(place, json.dumps(words, ensure_ascii=False).encode(), [custody[0].public, asker])}

    def with_words(self, releases: Sequence[Release]) -> list[Release]:
        """Requests with their reasons and filters, as far as the keys that were shown open them; ``request.sealed``
        stays where they do not."""
        keys = keyring()
        pairs = [keys.member, *self._custody_pairs(keys).values()] if any(r.request.sealed for r in releases) else []
        return [self._with_words(release, pairs) for release in releases]

    def _with_words(self, release: Release, pairs: Sequence[KeyPair | None]) -> Release:
        request = release.request
        if not request.sealed:
            return release
        place = place_of("releases", "about", (release.id, release.case_id, request.what, request.asked_by))
        for pair in pairs:
            if plain := opened_by(place, request.sealed, pair):
                words = json.loads(plain)
                opened = replace(request, reason=words["reason"], filters=words["filters"], sealed="")
                return replace(release, request=opened)
        return replace(release, request=replace(request, reason=NOT_OPENED))

    # Releasing them ---------------------------------------------------------------------------------------

    def hand_over_contact(self, release: Release) -> bytes:
        """A case's contact details for who asked alone, opened with the keys of who decides.

        Raises:
            ReleaseError: the details are not at hand to who decides, or who asked has no key to be given them.
        """
        case_id, to = release.case_id or "", release.request.asked_by
        public = self._members().get(to)
        if public is None:
            raise ReleaseError(NO_KEY)
        details = self._contact_of(case_id)
        if details is None:
            raise ReleaseError(NOT_AT_HAND)
        row = (release.id, case_id, to)
        return self._seal(
            "releases", "copy", {SEALED: sealed_to(place_of("releases", "copy", row), encoded(details), [public])}, *row
        )

    def _contact_of(self, case_id: str) -> dict[str, Any] | None:
        """The details as far as the keys that were shown open them."""
        rows = self._read("select content, contact, keys from cases where id = ?", case_id)
        if not rows:
            return None
        content, contact, keys = rows[0]
        if keys is None:  # no unit has a key yet: they are with the story, under the server's
            return apart(self._open("cases", "content", content, case_id))[1]
        if contact is None:
            return None
        shown = keyring()
        custodians = list(self._custody_pairs(shown).values())
        return self._opened_contact(case_id, contact, [*custodians, self._case_pair(case_id, shown)])

    def released_contact(self, account_id: str, case_id: str) -> dict[str, Any] | None:
        """The contact details that somebody was given and may see now; None without a release that is open."""
        release = self.released(account_id, "contact", case_id)
        rows = self._read("select copy from releases where id = ?", release.id) if release else []
        if not release or not rows or rows[0][0] is None:
            return None
        row = (release.id, case_id, account_id)
        kept = self._open("releases", "copy", rows[0][0], *row)[SEALED]
        plain = opened_by(place_of("releases", "copy", row), kept, keyring().member)
        return None if plain is None else dict(json.loads(plain))

    def forget_contacts(self) -> None:
        """Delete the copies whose time is over."""
        before = now() - OPEN_HOURS * 3600
        if self._read("select 1 from releases where copy is not null and copied < ? limit 1", before):
            with self._writing():
                self._db.execute("update releases set copy = null, copied = null where copied < ?", [before])

    def do_errands(self, account_id: str, keys: Keyring, members: Any) -> bool:
        changed = super().do_errands(account_id, keys, members)
        self._move_contacts(keys)
        return changed
