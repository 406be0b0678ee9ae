"""Security keys (WebAuthn) beside codes: what an account registered, and challenges that are answered once.

A challenge is a row until it is answered: an answer that was overheard opens nothing, whichever process hears it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from casework.cases.unit_keys import UnitKeyError, carried, picked_up
from casework.desk.account import Account
from knowledge.locality import locality
from knowledge.text import clean
from storage.database import EncryptedStore, now, time_of
from storage.settings import is_name

Purpose = Literal["enrol", "sign in", "prove"]


def issuer() -> str:
    """Whose codes and keys these are, as a phone lists them."""
    return f"{locality().name}互金整治助手"


CHALLENGE_SECONDS, CHALLENGE_BYTES, PRF_BYTES = 300, 32, 32
MOST_KEYS, LONGEST_KEY_NAME, LONGEST_ANSWER = 5, 30, 8192
SCHEMA = """
create table security_keys (
    id text primary key, account_id text not null references accounts (id), about blob not null,
    sign_count integer not null default 0, at real not null);
create index security_keys_account on security_keys (account_id);
create table challenges (
    id text primary key, account_id text not null references accounts (id), purpose text not null,
    expires real not null);
"""


class AccountError(ValueError):
    """Something about an account cannot be done; the message says why and what to do, in Chinese."""


class KeyWanted(AccountError):
    """The password is right, and the account's security key is asked for as well."""

    def __init__(self, account_id: str) -> None:
        super().__init__("请插入或触碰安全密钥，确认是您本人。")
        self.account_id = account_id


@dataclass(frozen=True)
class Site:
    """The address of our page as the browser sees it: what it says it signed for must be this."""

    origin: str
    host: str

    @property
    def has_name(self) -> bool:
        """WebAuthn knows names only, no addresses."""
        return is_name(self.host)


@dataclass(frozen=True)
class SecurityKey:
    """A key that somebody registered."""

    id: str
    name: str = field(repr=False)
    at: datetime


class SecurityKeyStore(EncryptedStore):
    """The part of the accounts that knows security keys; public keys and names are sealed."""

    def keys_of(self, account: Account) -> list[SecurityKey]:
        """An account's keys, the oldest first."""
        rows = self._read("select id, about, at from security_keys where account_id = ? order by at", account.id)
        return [
            SecurityKey(key_id, self._about(about, key_id, account.id)["name"], time_of(at))
            for key_id, about, at in rows
        ]

    def key_options(self, account: Account, purpose: Purpose, site: Site, carrying: bytes = b"") -> str:
        """What the browser is asked, as JSON for ``navigator.credentials``; good for CHALLENGE_SECONDS, once.

        To sign in the key is asked besides for a secret that it alone derives (PRF, Web Authentication Level 3, 10.1).

        Args:
            carrying: what the password opened, for the session that the answer begins. It lies under the challenge,
                which the browser has and this store has not.

        Raises:
            AccountError: the page was opened by an address that keys cannot be bound to.
        """
        if not site.has_name:
            raise AccountError(
                "安全密钥只能在有域名的地址上使用。请用工作台的域名（https）打开，本机试用请用 localhost。"
            )
        challenge = self._challenged(account, purpose, carrying)
        known = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in self._credentials(account)]
        if purpose != "enrol":
            asked = options_to_json(
                generate_authentication_options(
                    rp_id=site.host,
                    challenge=challenge,
                    allow_credentials=known,
                    timeout=CHALLENGE_SECONDS * 1000,
                    user_verification=UserVerificationRequirement.DISCOURAGED,
                )
            )
            return _with_prf(asked, {"eval": {"first": _prf_input(account.id)}}) if purpose == "sign in" else asked
        asked = options_to_json(
            generate_registration_options(
                rp_id=site.host,
                rp_name=issuer(),
                user_id=account.id.encode(),
                user_name=account.login,
                user_display_name=account.name,
                challenge=challenge,
                exclude_credentials=known,
                timeout=CHALLENGE_SECONDS * 1000,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.DISCOURAGED,
                    user_verification=UserVerificationRequirement.DISCOURAGED,
                ),
            )
        )
        return _with_prf(asked, {})

    def _challenged(self, account: Account, purpose: Purpose, carrying: bytes) -> bytes:
        """A new challenge, kept until it is answered or its time is up."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        row_id = self._challenge_hash(challenge)
        row = {"id": row_id, "account_id": account.id, "purpose": purpose, "expires": now() + CHALLENGE_SECONDS}
        kept = carried(carrying, challenge.hex(), row_id) if carrying else None
        with self._writing():
            self._db.execute("delete from challenges where expires < ?", [now()])
            self._db["challenges"].insert({**row, "carried": kept})
        return challenge

    def add_key(self, account: Account, answer: str, name: str, site: Site) -> None:
        """Register a key from what ``navigator.credentials.create`` gave.

        Raises:
            AccountError: it does not answer a challenge of this account, or there are MOST_KEYS already.
        """
        credential, challenge = self._answered(answer, "enrol", account.id)
        try:
            found = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise AccountError(NOT_REGISTERED) from error
        key_id = self._key_id(bytes_to_base64url(found.credential_id))
        about = {
            "credential": bytes_to_base64url(found.credential_id),
            "public": bytes_to_base64url(found.credential_public_key),
            "host": site.host,
            "name": clean(name)[:LONGEST_KEY_NAME] or "安全密钥",
        }
        sealed = self._seal("security_keys", "about", about, key_id, account.id)
        row = {"id": key_id, "account_id": account.id, "about": sealed, "sign_count": found.sign_count, "at": now()}
        with self._writing():
            statement = "select count(*) from security_keys where account_id = ?"
            if self._db.execute(statement, [account.id]).fetchone()[0] >= MOST_KEYS:
                raise AccountError(f"最多登记 {MOST_KEYS} 个安全密钥，请先删除不用的。")
            if self._db.execute("select 1 from security_keys where id = ?", [key_id]).fetchone():
                raise AccountError("这个安全密钥已经登记过。")
            self._db["security_keys"].insert(row)

    def drop_key(self, account: Account, key_id: str) -> None:
        with self._writing():
            self._db.execute("delete from security_keys where account_id = ? and id = ?", [account.id, key_id])

    def drop_keys(self, account: Account) -> None:
        """All keys of an account are lost."""
        with self._writing():
            self._db.execute("delete from security_keys where account_id = ?", [account.id])

    def challenged(self, answer: str, purpose: Purpose) -> str:
        """The id of the account that an answer's challenge was made for; empty when there is none. It stays open."""
        try:
            row_id = self._challenge_hash(_challenge_in(_json_of(answer)))
        except (ValueError, KeyError, TypeError):
            return ""
        statement = "select account_id from challenges where id = ? and purpose = ? and expires > ?"
        rows = self._read(statement, row_id, purpose, now())
        return str(rows[0][0]) if rows else ""

    def carried_by_challenge(self, answer: str) -> bytes:
        """What was given with the challenge of an answer; empty when there was nothing, or no such challenge."""
        try:
            challenge = _challenge_in(_json_of(answer))
        except (ValueError, KeyError, TypeError):
            return b""
        row_id = self._challenge_hash(challenge)
        rows = self._read("select carried from challenges where id = ? and carried is not null", row_id)
        try:
            return picked_up(rows[0][0], challenge.hex(), row_id) if rows else b""
        except UnitKeyError:  # changed by somebody
            return b""

    def check_key(self, account_id: str, answer: str, purpose: Purpose, site: Site) -> None:
        """Check what ``navigator.credentials.get`` gave; an answer counts once.

        Raises:
            AccountError: it is not a signature of a key of this account over a challenge that is open.
        """
        credential, challenge = self._answered(answer, purpose, account_id)
        rows = self._read("select id, about, sign_count from security_keys where account_id = ?", account_id)
        for key_id, sealed, count in rows:
            about = self._about(sealed, key_id, account_id)
            if about["credential"] != credential.get("id"):
                continue
            try:
                found = verify_authentication_response(
                    credential=credential,
                    expected_challenge=challenge,
                    expected_rp_id=about["host"],
                    expected_origin=site.origin,
                    credential_public_key=base64url_to_bytes(about["public"]),
                    credential_current_sign_count=count,
                )
            except (WebAuthnException, ValueError, KeyError, TypeError) as error:
                raise AccountError(NOT_SIGNED) from error
            # Over all processes a count is gone past once; keys that do not count stay at 0.
            change = "update security_keys set sign_count = ? where id = ? and (sign_count < ? or ? = 0)"
            with self._writing():
                values = [found.new_sign_count, key_id, found.new_sign_count, found.new_sign_count]
                if self._db.execute(change, values).rowcount:
                    return
        raise AccountError(NOT_SIGNED)

    def _answered(self, answer: str, purpose: Purpose, account_id: str) -> tuple[dict[str, Any], bytes]:
        """An answer and the challenge it is to, which is used up.

        Raises:
            AccountError: there is no such challenge (any more).
        """
        try:
            credential = _json_of(answer)
            challenge = _challenge_in(credential)
        except (ValueError, KeyError, TypeError) as error:
            raise AccountError(NOT_SIGNED) from error
        statement = "delete from challenges where id = ? and account_id = ? and purpose = ? and expires > ?"
        with self._writing():
            values = [self._challenge_hash(challenge), account_id, purpose, now()]
            if not self._db.execute(statement, values).rowcount:
                raise AccountError(NOT_SIGNED)
        return credential, challenge

    def _credentials(self, account: Account) -> list[str]:
        rows = self._read("select id, about from security_keys where account_id = ?", account.id)
        return [str(self._about(about, key_id, account.id)["credential"]) for key_id, about in rows]

    def derived_by(self, answer: str) -> tuple[str, str]:
        """Which key answered, and the secret that it derived for its account; empty where it derives none.

        Only of an answer that was checked.
        """
        try:
            credential = _json_of(answer)
            key_id = self._key_id(str(credential["id"]))
        except (ValueError, KeyError, TypeError):
            return "", ""
        try:
            first = base64url_to_bytes(str(credential["clientExtensionResults"]["prf"]["results"]["first"]))
        except (ValueError, KeyError, TypeError):
            return key_id, ""
        return key_id, first.hex() if len(first) == PRF_BYTES else ""

    def _key_id(self, credential: str) -> str:
        return self._blind_index.hash(f"security key:{credential}")[:32]

    def _about(self, sealed: bytes, key_id: str, account_id: str) -> dict[str, str]:
        return dict(self._open("security_keys", "about", sealed, key_id, account_id))

    def _challenge_hash(self, challenge: bytes) -> str:
        return self._blind_index.hash(f"challenge:{challenge.hex()}")


def _prf_input(account_id: str) -> str:
    """What a key derives an account's secret from; it is no secret itself."""
    return bytes_to_base64url(hashlib.sha256(f"member key of {account_id}".encode()).digest())


def _with_prf(options: str, prf: dict[str, Any]) -> str:
    """Options with the extension that py_webauthn does not know."""
    return json.dumps({**json.loads(options), "extensions": {"prf": prf}})


def _json_of(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    return dict(json.loads(answer))


def _challenge_in(credential: dict[str, Any]) -> bytes:
    """The challenge that a browser says it signed; whether it did is checked later."""
    data = json.loads(base64url_to_bytes(str(credential["response"]["clientDataJSON"])))
    return base64url_to_bytes(str(data["challenge"]))


NOT_REGISTERED = "安全密钥没有登记成功。请刷新页面，再按提示插入或触碰密钥。"
NOT_SIGNED = "安全密钥没有通过核对。请刷新页面重试；密钥丢失的，请系统管理员取消后重新登记。"
