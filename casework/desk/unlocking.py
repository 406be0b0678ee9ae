"""What an official opens reports with: their own key by their password, their unit's by that.

Only a sign-in with the password begins it; a chat that was signed in by code opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from casework.cases.keyring import NOTHING, Keyring
from casework.cases.store import CaseStore
from casework.cases.unit_keys import KeyPair, pair_of, stretched
from casework.desk.account import Account, key_unit
from casework.desk.accounts import Accounts
from casework.desk.security_keys import Site
from knowledge.directory import OFFICE

# What a challenge carries begins with what it is.
PRIVATE, STRETCHED = b"P", b"S"


@dataclass(frozen=True)
class Answered:
    """A security key's answer, which was checked.

    Attributes:
        carried: what went with its challenge.
        derived: the secret that the key derived; empty where it derives none.
    """

    carried: bytes = field(repr=False)
    key_id: str
    derived: str = field(repr=False)


def pair_behind(cases: CaseStore, account: Account, password: str) -> bytes:
    """The private half that a password, which was checked, opens; made at the first sign-in, and the unit's with it.

    Empty where the password was set anew and a security key of theirs still opens what the old one did.
    """
    unit = key_unit(account.unit, account.role)
    if not unit:
        return b""
    member = cases.pair_by_password(account.id, password)
    if member is None and account.has_key and cases.opening_keys(account.id):
        return b""
    return _begun(cases, account, unit, member or cases.member_pair(account.id, password))


def _begun(cases: CaseStore, account: Account, unit: str, member: KeyPair) -> bytes:
    """A member is there: where they are the first, their unit gets its key."""
    first = cases.first_key(account.id, unit, member)
    if unit == OFFICE:
        cases.first_custody_key(account.id)
    if first:
        cases.seal_earlier()
    return member.private


def carried_to_key(cases: CaseStore, account: Account, password: str) -> bytes:
    """What the challenge of a security key carries, once the password was right: the private half that it opened, or,
    where a security key must open it, what then wraps it under this password."""
    if private := pair_behind(cases, account, password):
        return PRIVATE + private
    return STRETCHED + stretched(password) if key_unit(account.unit, account.role) else b""


def sign_in_with_key(cases: CaseStore, accounts: Accounts, answer: str, site: Site) -> tuple[Account, str]:
    """Finish signing in with a security key, and let the session open what belongs to its account.

    A key that derives a secret (PRF) opens the member's private half from its first sign-in on, so that a password
    that was set anew costs nothing.

    Raises:
        AccountError: the answer is not that of the account's key.
    """
    carried = accounts.carried_by_challenge(answer)  # before the challenge is used up
    account, token = accounts.sign_in_with_key(answer, site)
    _unlock(cases, accounts, token, account, Answered(carried, *accounts.derived_by(answer)))
    return account, token


def _unlock(cases: CaseStore, accounts: Accounts, token: str, account: Account, answer: Answered) -> None:
    unit = key_unit(account.unit, account.role)
    if not unit or not answer.carried:
        return
    by_key = cases.pair_by_key(account.id, answer.key_id, answer.derived) if answer.derived else None
    member = _member_of(cases, account, answer, by_key)
    if member is None:
        return
    if answer.derived and (by_key is None or by_key.public != member.public):
        cases.open_by_key(account.id, member, answer.key_id, answer.derived)
    accounts.carry(token, _begun(cases, account, unit, member))


def _member_of(cases: CaseStore, account: Account, answer: Answered, by_key: KeyPair | None) -> KeyPair | None:
    """The member's pair; None where another of their security keys may still open it, and this one does not."""
    if answer.carried.startswith(PRIVATE):
        return pair_of(answer.carried[1:])
    stretch = answer.carried[1:]
    if by_key is not None:
        cases.wrap_under(account.id, by_key, stretch)
        cases.forget_before(account.id, by_key)
        return by_key
    if set(cases.opening_keys(account.id)) - {answer.key_id}:
        return None
    return cases.new_member_pair(account.id, stretch)


def keys_in_session(cases: CaseStore, accounts: Accounts, account: Account, token: str) -> Keyring:
    """What a session opens with; what waits for somebody who has a unit's key is done on the way."""
    member = accounts.carried_by(token)
    unit = key_unit(account.unit, account.role)
    if member is None or not unit:
        return NOTHING
    keys = cases.keys_of(account.id, unit, member)
    if cases.do_errands(account.id, keys, accounts.readers()):
        keys = cases.keys_of(account.id, unit, member)
    return keys


def new_password(cases: CaseStore, accounts: Accounts, account: Account, password: str, keys: Keyring) -> None:
    """Change the password of who is signed in; their key stays theirs.

    Raises:
        AccountError: it is too easy to guess.
    """
    accounts.check_password(password, account.login)
    if keys.member:
        cases.wrap_anew(account.id, keys.member, password)
    accounts.set_password(account, password)
    if keys.member:
        cases.forget_before(account.id, keys.member)
