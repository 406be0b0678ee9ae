"""Officials' accounts: made by an administrator, opened with an invitation code, bound to their own channels."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from casework.cases.codes import ALPHABET
from casework.cases.unit_keys import KeyPair, UnitKeyError, carried, pair_of, picked_up
from casework.cases.unit_store import CUSTODY
from casework.desk.security_keys import SCHEMA as SECURITY_KEYS
from casework.desk.security_keys import AccountError, KeyWanted, SecurityKeyStore, Site, issuer
from knowledge.text import clean
from storage.database import SECRETS, Place, creates, now, time_of
from storage.encryption import Sealer

INVITATION_HOURS = 72
INVITATION_LENGTH = 10
SESSION_HOURS, IDLE_MINUTES = 10, 60
SHORTEST_PASSWORD, LONGEST_PASSWORD, LEAST_DIFFERENT = 10, 200, 5
MOST_WRONG = 5
REQUEST_DAYS = 7
# So long a browser that was signed in is not slowed down by what strangers try under the same name.
KNOWN_DAYS = 180
LONGEST_NAME = 40
DEFAULT_DAYS, MOST_AHEAD = (7, 3, 1), 60

SCHEMA = f"""{SECRETS};
create table accounts (
    id text primary key, login text not null unique, about blob not null, unit text not null, role text not null,
    active integer not null default 1, password text, totp blob, totp_used integer not null default 0,
    wrong integer not null default 0, locked real not null default 0, preferences blob, created real not null);
create table invitations (
    code text primary key, account_id text not null references accounts (id), expires real not null, used real);
create table bindings (
    conversation text primary key, account_id text not null references accounts (id), place blob not null,
    at real not null);
create index bindings_account on bindings (account_id);
create table sessions (
    token text primary key, account_id text not null references accounts (id), begun real not null,
    seen real not null);
create table feeds (token text primary key, account_id text not null references accounts (id), at real not null);
"""
REQUESTS = (
    "create table requests (id text primary key, account_id text not null references accounts (id), "
    "act text not null, asked_by text not null, about blob not null, at real not null)"
)

# What the password opened, under what only the browser has: a session's cookie, a challenge.
CARRIED = "alter table sessions add column carried blob;\nalter table challenges add column carried blob"


class Role(StrEnum):
    """What somebody is to the campaign: a unit's official (三（二）, 三（三）), petition staff (三（三）1), the leading
    group's office (三（一）), whoever looks after the accounts, or whoever releases what leaves the console."""

    OFFICIAL = "official"
    PETITION = "petition"
    OFFICE = "office"
    ADMINISTRATOR = "administrator"
    CUSTODIAN = "custodian"


# Who reads reports, and so has a part of their unit's key.
READING_ROLES = frozenset({Role.OFFICIAL, Role.OFFICE})
# Who decides on everything, or on who decides: a code by telephone does not stand in for their security key.
KEY_ROLES = frozenset({Role.OFFICE, Role.ADMINISTRATOR, Role.CUSTODIAN})


def key_unit(unit: str, role: Role) -> str:
    """Whose key somebody is handed: custodians of contact details have one of their own, whatever unit they are of."""
    if role is Role.CUSTODIAN:
        return CUSTODY
    return unit if role in READING_ROLES and unit != CUSTODY else ""


@dataclass(frozen=True)
class Preferences:
    """How somebody wants to be reminded.

    Attributes:
        days: so many days before a task is due.
        muted: no reminders at all.
        digest: the list on Monday.
    """

    days: tuple[int, ...] = DEFAULT_DAYS
    muted: bool = False
    digest: bool = True


@dataclass(frozen=True)
class Account:
    """Somebody who works with the assistant."""

    id: str
    login: str = field(repr=False)
    name: str = field(repr=False)
    unit: str
    role: Role
    active: bool
    has_password: bool
    has_totp: bool
    preferences: Preferences
    has_key: bool = False


@dataclass(frozen=True)
class Binding:
    """A conversation in which somebody is signed in; ``place`` is channel:sender, where reminders go."""

    account_id: str
    place: str = field(repr=False)
    at: datetime

    @property
    def channel(self) -> str:
        return self.place.partition(":")[0]


@dataclass(frozen=True)
class Proof:
    """What shows that somebody is whose session it is: the password, and a code or a key's answer."""

    password: str = field(repr=False)
    totp: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    site: Site | None = None


@dataclass(frozen=True)
class Requested:
    """Something an administrator wants of an account that may read cases, or decide who may.

    Attributes:
        act: ``add``, ``invite``, ``start``, ``move``, ``no totp`` or ``no key``.
        asked_by: id of the account that asked.
        unit: where it is to belong.
    """

    id: str
    account: Account
    act: str
    asked_by: str
    unit: str
    role: Role
    at: datetime


class Accounts(SecurityKeyStore):
    """Accounts in one SQLite file; names are sealed, codes and tokens are kept as keyed hashes only."""

    sealed = (
        ("accounts", "about", ("id",)),
        ("accounts", "totp", ("id",)),
        ("accounts", "preferences", ("id",)),
        ("bindings", "place", ("conversation", "account_id")),
        ("requests", "about", ("id", "account_id", "act", "asked_by")),
        ("security_keys", "about", ("id", "account_id")),
    )
    migrations = (creates(SCHEMA), creates(REQUESTS), creates(SECURITY_KEYS), creates(CARRIED))

    def __init__(self, place: Place | Path, sealer: Sealer) -> None:
        """Open the store, made as needed.

        Raises:
            KeyFileError: it was written with a key that is not there.
        """
        super().__init__(place, sealer)
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    # People -----------------------------------------------------------------------------------------------

    def add(self, login: str, name: str, unit: str, role: Role, active: bool = True) -> Account:
        """Make an account, shut until somebody else agrees when it is not ``active``.

        Raises:
            AccountError: the login name is taken, or a name is empty or too long.
        """
        login, name = plain_login(login), clean(name)
        if not login or not name or len(login) > LONGEST_NAME or len(name) > LONGEST_NAME:
            raise AccountError(f"请写明登录名和姓名，各不超过 {LONGEST_NAME} 个字。")
        account_id = secrets.token_hex(8)
        about = self._seal("accounts", "about", {"login": login, "name": name}, account_id)
        row = {"id": account_id, "login": self._lookup.hash(f"login:{login}"), "about": about, "created": now()}
        with self._writing():
            if self._db.execute("select 1 from accounts where login = ?", [row["login"]]).fetchone():
                raise AccountError(f"登录名 {login} 已有人使用，请换一个。")
            self._db["accounts"].insert({**row, "unit": unit, "role": role.value, "active": int(active)})
        return self._required(account_id)

    def everybody(self) -> list[Account]:
        """All accounts, the oldest first."""
        return [self._account(row) for row in self._read(f"{SELECT} order by created")]

    def get(self, account_id: str) -> Account | None:
        rows = self._read(f"{SELECT} where id = ?", account_id)
        return self._account(rows[0]) if rows else None

    def by_login(self, login: str) -> Account | None:
        rows = self._read(f"{SELECT} where login = ?", self._login_hash(login))
        return self._account(rows[0]) if rows else None

    def of_unit(self, unit: str) -> list[Account]:
        rows = self._read(f"{SELECT} where unit = ? and active = 1 order by created", unit)
        return [self._account(row) for row in rows]

    def readers(self) -> dict[str, str]:
        """Whose key each account may have now, by id: their unit's, or the custodians'."""
        rows = self._read("select id, unit, role from accounts where active = 1")
        return {account: of for account, unit, role in rows if (of := key_unit(unit, Role(role)))}

    def set_active(self, account: Account, active: bool) -> None:
        """Let somebody in again, or shut them out of every channel at once."""
        if not active:
            self.revoke(account)
        self._change("active = ?", account, int(active))

    def move(self, account: Account, unit: str, role: Role) -> None:
        """Give somebody another unit or role; open sessions follow it at their next click."""
        self._change("unit = ?, role = ?", account, unit, role.value)

    def prefer(self, account: Account, preferences: Preferences) -> Account:
        sealed = self._seal("accounts", "preferences", asdict(preferences), account.id)
        self._change("preferences = ?", account, sealed)
        return replace(account, preferences=preferences)

    def revoke(self, account: Account) -> None:
        """A lost phone: everything that lets somebody in without a password stops working."""
        with self._writing():
            for table in ("bindings", "sessions", "feeds"):
                self._db.execute(f"delete from {table} where account_id = ?", [account.id])
            self._db.execute("delete from invitations where account_id = ? and used is null", [account.id])

    # What a second person agrees to -----------------------------------------------------------------------

    def ask(self, account: Account, act: str, by: Account, unit: str = "", role: Role | None = None) -> None:
        """Ask for something that takes effect when somebody else agrees; the same asked before is replaced."""
        request_id = secrets.token_hex(8)
        about = {"unit": unit or account.unit, "role": (role or account.role).value}
        sealed = self._seal("requests", "about", about, request_id, account.id, act, by.id)
        row = {"id": request_id, "account_id": account.id, "act": act, "asked_by": by.id, "about": sealed, "at": now()}
        with self._writing():
            self._db.execute("delete from requests where account_id = ? and act = ?", [account.id, act])
            self._db["requests"].insert(row)

    def requests(self) -> list[Requested]:
        """What waits for a second person, the longest waiting first; after REQUEST_DAYS it is void."""
        statement = "select id, account_id, act, asked_by, about, at from requests where at > ? order by at"
        return [self._requested(row) for row in self._read(statement, now() - REQUEST_DAYS * 86_400)]

    def settle(self, request_id: str, by: Account) -> Requested:
        """Take a request off the list, to be done or refused by somebody else than who asked.

        Raises:
            AccountError: there is none, or it was asked by, or is about, who decides.
        """
        wanted = next((each for each in self.requests() if each.id == request_id), None)
        if wanted is None:
            raise AccountError("这项申请已经处理或过期，请刷新页面。")
        if by.id in (wanted.asked_by, wanted.account.id):
            raise AccountError("自己提出的、关于自己的申请，要由另一位同事审批。")
        with self._writing():
            if not self._db.execute("delete from requests where id = ?", [request_id]).rowcount:
                raise AccountError("这项申请已经处理或过期，请刷新页面。")
        return wanted

    def _requested(self, row: Any) -> Requested:
        request_id, account_id, act, asked_by, about, at = row
        kept = self._open("requests", "about", about, request_id, account_id, act, asked_by)
        account = self._required(account_id)
        return Requested(request_id, account, act, asked_by, kept["unit"], Role(kept["role"]), time_of(at))

    # Invitations and channels -----------------------------------------------------------------------------

    def invite(self, account: Account) -> str:
        """A code that is good once, for INVITATION_HOURS.

        Of 21^10 = 1.7e13: at 600 tries a minute over its whole life one is hit with a chance of 1.6e-7.
        """
        code = "".join(secrets.choice(ALPHABET) for _ in range(INVITATION_LENGTH))
        row = {"code": self._code_hash(code), "account_id": account.id, "expires": now() + INVITATION_HOURS * 3600}
        with self._writing():
            self._db.execute("delete from invitations where expires < ?", [now()])
            self._db["invitations"].insert(row)
        half = INVITATION_LENGTH // 2
        return f"{code[:half]}-{code[half:]}"

    def redeem(self, code: str) -> Account:
        """Use up a code.

        Raises:
            AccountError: it is unknown, used, expired, or its account was shut.
        """
        at = now()
        with self._writing():
            row = self._db.execute(
                "update invitations set used = ? where code = ? and used is null and expires > ? returning account_id",
                [at, self._code_hash(code), at],
            ).fetchone()
        account = self.get(row[0]) if row else None
        if account is None or not account.active:
            raise AccountError(BAD_CODE)
        return account

    def invited(self, code: str) -> Account | None:
        """Whose code it is, while it is good; it is not used up."""
        owner = "select account_id from invitations where code = ? and used is null and expires > ?"
        statement = f"{SELECT} where id = ({owner}) and active = 1"
        rows = self._read(statement, self._code_hash(code), now())
        return self._account(rows[0]) if rows else None

    def bind(self, account: Account, place: str) -> None:
        """Sign somebody in to a conversation; whoever was signed in there before is no longer."""
        hashed = self._place_hash(place)
        sealed = self._seal("bindings", "place", place, hashed, account.id)
        row = {"conversation": hashed, "account_id": account.id, "place": sealed, "at": now()}
        with self._writing():
            self._db["bindings"].insert(row, replace=True)

    def unbind(self, place: str) -> bool:
        """Sign out of a conversation; False when nobody was signed in."""
        with self._writing():
            done = self._db.execute("delete from bindings where conversation = ?", [self._place_hash(place)]).rowcount
        return bool(done)

    def bound(self, place: str) -> Account | None:
        """Who is signed in to a conversation."""
        statement = f"{SELECT} where id = (select account_id from bindings where conversation = ?) and active = 1"
        rows = self._read(statement, self._place_hash(place))
        return self._account(rows[0]) if rows else None

    def bindings(self, account: Account) -> list[Binding]:
        """Where somebody is signed in, the last first."""
        statement = "select conversation, place, at from bindings where account_id = ? order by at desc"
        return [
            Binding(account.id, self._open("bindings", "place", place, key, account.id), time_of(at))
            for key, place, at in self._read(statement, account.id)
        ]

    # The console ------------------------------------------------------------------------------------------

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
        raise AccountError(WRONG_SIGN_IN)

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

    def _use_step(self, account_id: str, step: int) -> int:
        """Note that a code was used, within ``_writing``; 0 when it was used before."""
        change = "update accounts set totp_used = ? where id = ? and totp_used < ?"
        return int(self._db.execute(change, [step, account_id, step]).rowcount)

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

    def known_token(self, account: Account) -> str:
        """What tells a browser that was signed in to an account from a stranger's; it signs nobody in."""
        return self._sealer.seal({"known": self._login_hash(account.login)}).decode()

    def is_known(self, token: str, login: str) -> bool:
        kept = self._sealer.open(token.encode("ascii", "replace"), within=KNOWN_DAYS * 86_400)
        return bool(kept == {"known": self._login_hash(login)})

    def form_token(self, token: str) -> str:
        """What a form of this session must carry, so that no other site can send it."""
        return self._lookup.hash(f"form:{token}")[:32]

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

    # Calendar feeds ---------------------------------------------------------------------------------------

    def new_feed(self, account: Account) -> str:
        """A token for a private calendar address; the one before stops working."""
        token = secrets.token_urlsafe(24)
        with self._writing():
            self._db.execute("delete from feeds where account_id = ?", [account.id])
            self._db["feeds"].insert({"token": self._token_hash(token), "account_id": account.id, "at": now()})
        return token

    def drop_feed(self, account: Account) -> None:
        with self._writing():
            self._db.execute("delete from feeds where account_id = ?", [account.id])

    def has_feed(self, account: Account) -> bool:
        return bool(self._read("select 1 from feeds where account_id = ?", account.id))

    def by_feed(self, token: str) -> Account | None:
        statement = f"{SELECT} where id = (select account_id from feeds where token = ?) and active = 1"
        rows = self._read(statement, self._token_hash(token))
        return self._account(rows[0]) if rows else None

    # Within -----------------------------------------------------------------------------------------------

    def _verified(self, hashed: str | None, password: str) -> bool:
        """Takes as long for somebody unknown as for somebody known."""
        try:
            return self._hasher.verify(hashed or self._nobody, password) and hashed is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    @staticmethod
    def _totp_step(secret: str, code: str) -> int | None:
        """The half minute a code belongs to; a code counts once."""
        totp, at = pyotp.TOTP(secret), int(now())
        steps = (at // totp.interval + drift for drift in (0, -1, 1))
        return next((s for s in steps if pyotp.utils.strings_equal(code.strip(), totp.at(s * totp.interval))), None)

    def _change(self, what: str, account: Account, *values: Any) -> None:
        with self._writing():
            self._db.execute(f"update accounts set {what} where id = ?", [*values, account.id])

    def _code_hash(self, code: str) -> str:
        plain = "".join(char for char in unicodedata.normalize("NFKC", clean(code)).upper() if char.isalnum())
        return self._lookup.hash(f"invitation:{plain}")

    def _login_hash(self, login: str) -> str:
        return self._lookup.hash(f"login:{plain_login(login)}")

    def _token_hash(self, token: str) -> str:
        return self._lookup.hash(f"token:{token}")

    def _place_hash(self, place: str) -> str:
        return self._lookup.hash(f"place:{place}")

    def _required(self, account_id: str) -> Account:
        account = self.get(account_id)
        if account is None:
            raise AccountError("没有这个账号。")
        return account

    def _account(self, row: Any) -> Account:
        account_id, about, unit, role, active, has_password, has_totp, preferences, has_key = row
        known: Mapping[str, str] = self._open("accounts", "about", about, account_id)
        kept = self._open("accounts", "preferences", preferences, account_id) if preferences else {}
        return Account(
            id=account_id,
            login=known["login"],
            name=known["name"],
            unit=unit,
            role=Role(role),
            active=bool(active),
            has_password=bool(has_password),
            has_totp=bool(has_totp),
            has_key=bool(has_key),
            preferences=Preferences(**{**kept, "days": tuple(kept.get("days", DEFAULT_DAYS))}),
        )


HAS_KEY = "exists (select 1 from security_keys where account_id = accounts.id)"
SELECT = (
    "select id, about, unit, role, active, password is not null, totp is not null, preferences, "
    f"{HAS_KEY} from accounts"
)
BAD_CODE = "邀请码不对、已用过或已过期。请核对后重试，或请系统管理员重新发一个。"
WRONG_SIGN_IN = "登录名、密码或动态码不正确，请重新输入。"


def plain_login(login: str) -> str:
    """A login name in its one spelling: width and case folded, spaces left out, no word mended (小李 is not 小理)."""
    return unicodedata.normalize("NFKC", clean(login)).lower().replace(" ", "")
