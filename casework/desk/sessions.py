"""Signing in to the console: passwords, codes, and the sessions that they begin."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from casework.cases.unit_keys import KeyPair, UnitKeyError, carried, pair_of, picked_up
from casework.desk.account import KEY_ROLES, Account
from casework.desk.account_rows import HAS_KEY, AccountRows
from casework.desk.security_keys import AccountError, KeyWanted, Site, issuer
from storage.database import StoreLocation, now
from storage.encryption import Encryptor

SESSION_HOURS, IDLE_MINUTES = 10, 60
SHORTEST_PASSWORD, LONGEST_PASSWORD, LEAST_DIFFERENT = 10, 200, 5
MOST_WRONG = 5
# So long a browser that was signed in is not slowed down by what strangers try under the same name.
KNOWN_DAYS = 180
# What the keys of that are derived for.
BROWSERS = "browsers"
WRONG_SIGN_IN = "登录名、密码或动态码不正确，请重新输入。"
WRONG_PASSWORD, WRONG_PROOF = "密码不正确，请重新输入。", "密码或动态码不正确，请重新输入。"


@dataclass(frozen=True)
class Proof:
    """What shows that somebody is whose session it is: the password, and a code or a key's answer."""

    password: str = field(repr=False)
    totp: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    site: Site | None = None


class Sessions(AccountRows):
    """The part of the accounts that the console signs in with."""

    def __init__(self, location: StoreLocation | Path, encryptor: Encryptor) -> None:
        """Open the store, made as needed.

        Raises:
            KeyFileError: it was written with a key that is not there.
        """
        super().__init__(location, encryptor)
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    # Passwords -------------------------------------------------------------------------------------------

    @staticmethod
    def check_password(password: str, login: str = "") -> None:
        """Refuse a password that is easy to guess.

        Raises:
            AccountError: it is too short, too long, contains the login name or hardly more than one character.
        """
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise AccountError(
                f"密码请用 {SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 个字符，例如几个不相干的词连在一起。"
            )
        if (login and login in password.lower()) or len(set(password)) < LEAST_DIFFERENT:
            raise AccountError("密码太容易猜到。请不要包含登录名或一串重复的字符。")

    def set_password(self, account: Account, password: str) -> None:
        """Set a new password; every open session ends.

        Raises:
            AccountError: it is too easy to guess.
        """
        self.check_password(password, account.login)
        hashed = self._hasher.hash(password)
        change = "update accounts set password = ?, wrong = 0 where id = ?"
        with self._writing():
            self._db.execute(change, [hashed, account.id])
            self._db.execute("delete from sessions where account_id = ?", [account.id])

    def _verified(self, hashed: str | None, password: str) -> bool:
        """Takes as long for somebody unknown as for somebody known."""
        try:
            return self._hasher.verify(hashed or self._nobody, password) and hashed is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    # Signing in ------------------------------------------------------------------------------------------

    def sign_in(self, login: str, password: str, totp: str = "") -> tuple[Account, str]:
        """Check who it is; returns the account and a session token.

        Raises:
            KeyWanted: all of it is right, and ``sign_in_with_key`` must follow.
            AccountError: login name, password or code is wrong; which of them cannot be told, not by time either.
        """
        account_id = self._proved("login = ?", self._login_hash(login), password, totp)
        if account_id is None:
            raise AccountError(WRONG_SIGN_IN)
        return self._begun(account_id)

    def sign_in_with_key(self, answer: str, site: Site) -> tuple[Account, str]:
        """Finish what ``sign_in`` began: only where the password was right there is a challenge to answer.

        What it opens reports with is given it by ``unlocking.sign_in_with_key``.

        Raises:
            AccountError: it answers none, or not with the account's key.
        """
        account = self.get(self.challenged(answer, "sign in"))
        if account is None or not account.active:
            raise AccountError(WRONG_SIGN_IN)
        self.check_key(account.id, answer, "sign in", site)
        return self._begun(account.id)

    def _begun(self, account_id: str) -> tuple[Account, str]:
        token, at = secrets.token_urlsafe(32), now()
        with self._writing():
            self._db.execute("delete from sessions where begun < ?", [at - SESSION_HOURS * 3600])
            row = {"token": self._token_hash(token), "account_id": account_id, "begun": at, "seen": at}
            self._db["sessions"].insert(row)
        return self._required(account_id), token

    def prove(self, account: Account, proof: Proof) -> None:
        """Check that whoever has a session is whose session it is, before something that outlasts it.

        Raises:
            AccountError: password, code or key is wrong; after MOST_WRONG in a row every session of the account ends.
        """
        try:
            if self._proved("id = ?", account.id, proof.password, proof.totp):
                return
        except KeyWanted:
            if not proof.answer or proof.site is None:
                raise
            self.check_key(account.id, proof.answer, "prove", proof.site)
            return
        with self._writing():
            self._db.execute("update accounts set wrong = wrong + 1 where id = ?", [account.id])
            (wrong,) = self._db.execute("select wrong from accounts where id = ?", [account.id]).fetchone()
            if wrong >= MOST_WRONG:
                self._db.execute("delete from sessions where account_id = ?", [account.id])
                self._db.execute("update accounts set wrong = 0 where id = ?", [account.id])
        raise AccountError(WRONG_PROOF if account.has_totp else WRONG_PASSWORD)

    def _proved(self, where: str, value: str, password: str, totp: str) -> str | None:
        """Check password and code; returns the account's id, None when they are wrong. Nothing is written then.

        Raises:
            KeyWanted: the password is right, and a key must prove the rest: an account that has one may use a code
                instead only where it has both and is none of KEY_ROLES.
        """
        statement = f"select id, role, password, totp, totp_used, {HAS_KEY} from accounts where {where} and active = 1"
        rows = self._read(statement, value)
        account_id, role, hashed, sealed, used, has_key = rows[0] if rows else ("", "", None, None, 0, False)
        if not self._verified(hashed, password[:LONGEST_PASSWORD]):
            return None
        if has_key and (not sealed or not totp or role in KEY_ROLES):
            raise KeyWanted(account_id)
        step = self._totp_step(self._open("accounts", "totp", sealed, account_id), totp) if sealed else None
        if sealed and (step is None or step <= used):
            return None
        with self._writing():
            self._db.execute("update accounts set wrong = 0 where id = ?", [account_id])
            # A code counts once, whichever process hears it first.
            right = step is None or bool(self._use_step(account_id, step))
        return str(account_id) if right else None

    # Sessions --------------------------------------------------------------------------------------------

    def session(self, token: str) -> Account | None:
        """Whose session a token is; None once it is over."""
        at, hashed = now(), self._token_hash(token)
        rows = self._read("select account_id, begun, seen from sessions where token = ?", hashed)
        if not rows or rows[0][1] < at - SESSION_HOURS * 3600 or rows[0][2] < at - IDLE_MINUTES * 60:
            return None
        if rows[0][2] < at - 60:  # once a minute is enough to know that somebody is there
            with self._writing():
                self._db.execute("update sessions set seen = ? where token = ?", [at, hashed])
        account = self.get(rows[0][0])
        return account if account and account.active else None

    def sign_out(self, token: str) -> None:
        with self._writing():
            self._db.execute("delete from sessions where token = ?", [self._token_hash(token)])

    def carry(self, token: str, private: bytes) -> None:
        """Let a session open what its password opened, until it ends."""
        hashed = self._token_hash(token)
        with self._writing():
            kept = carried(private, token, hashed)
            self._db.execute("update sessions set carried = ? where token = ?", [kept, hashed])

    def carried_by(self, token: str) -> KeyPair | None:
        """The pair that a session opens with; None when its password was not asked for."""
        hashed = self._token_hash(token)
        rows = self._read("select carried from sessions where token = ? and carried is not null", hashed)
        try:
            return pair_of(picked_up(rows[0][0], token, hashed)) if rows else None
        except UnitKeyError:  # changed by somebody: the session opens nothing
            return None

    def known_token(self, account: Account) -> str:
        """What tells a browser that was signed in to an account from a stranger's; it signs nobody in."""
        return self._encryptor.seal_token(BROWSERS, {"known": self._login_hash(account.login)}).decode()

    def is_known(self, token: str, login: str) -> bool:
        kept = self._encryptor.open_token(BROWSERS, token.encode("ascii", "replace"), within=KNOWN_DAYS * 86_400)
        return bool(kept == {"known": self._login_hash(login)})

    def form_token(self, token: str) -> str:
        """What a form of this session must carry, so that no other site can send it."""
        return self._blind_index.hash(f"form:{token}")[:32]

    # Codes by telephone ----------------------------------------------------------------------------------

    def new_totp(self, account: Account) -> tuple[str, str]:
        """A fresh secret and its otpauth address, in force once ``confirm_totp`` has seen a code of it."""
        secret = pyotp.random_base32()
        return secret, pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=issuer())

    def confirm_totp(self, account: Account, secret: str, code: str) -> None:
        """Ask for codes of this secret from now on.

        Raises:
            AccountError: the code is not one of this secret's.
        """
        step = self._totp_step(secret, code)
        if step is None:
            raise AccountError("动态码不对。请核对手机时间是否准确，再输入当前显示的 6 位数字。")
        sealed = self._seal("accounts", "totp", secret, account.id)
        with self._writing():
            self._db.execute("update accounts set totp = ?, totp_used = ? where id = ?", [sealed, step, account.id])

    def drop_totp(self, account: Account) -> None:
        self._change("totp = ?", account, None)

    @staticmethod
    def _totp_step(secret: str, code: str) -> int | None:
        """The half minute a code belongs to; a code counts once."""
        totp, at = pyotp.TOTP(secret), int(now())
        steps = (at // totp.interval + drift for drift in (0, -1, 1))
        return next((s for s in steps if pyotp.utils.strings_equal(code.strip(), totp.at(s * totp.interval))), None)

    def _use_step(self, account_id: str, step: int) -> int:
        """Note that a code was used, within ``_writing``; 0 when it was used before."""
        change = "update accounts set totp_used = ? where id = ? and totp_used < ?"
        return int(self._db.execute(change, [step, account_id, step]).rowcount)
