"""What an official opens reports with: their own key by their password, their unit's by that.

Only a sign-in with the password begins it; a chat that was signed in by code opens nothing.
"""

from __future__ import annotations

from casework.cases.keyring import NOTHING, Keyring
from casework.cases.store import CaseStore
from casework.desk.accounts import Account, Accounts, key_unit
from knowledge.directory import OFFICE


def pair_behind(cases: CaseStore, account: Account, password: str) -> bytes:
    """The private half that a password, which was checked, opens; made at the first sign-in, and the unit's with it."""
    unit = key_unit(account.unit, account.role)
    if not unit:
        return b""
    member = cases.member_pair(account.id, password)
    first = cases.first_key(account.id, unit, member)
    if unit == OFFICE:
        cases.first_custody_key(account.id)
    if first:
        cases.seal_earlier()
    return member.private


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
