"""Keys of units: what is sealed to them opens with their members' passwords only, or with two of three escrow shares.

The store that keeps them is ``unit_store.py`` (docs/decisions.md, "Sealed to units"). A unit has an X25519 key pair;
every member has one of their own, whose private half is wrapped under their password. The unit's private half is handed
to each member, sealed to the member's public half: a password that changes wraps one key anew, somebody who leaves
costs one rotation. A report has a pair of its own, whose private half is handed to every unit that receives it, so that
a transfer seals 32 bytes and no file.
Primitives are libsodium's (PyNaCl), shares are SLIP-39's (shamir-mnemonic).
"""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

import nacl.utils
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    crypto_box_keypair,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

KEY, NONCE = crypto_aead_xchacha20poly1305_ietf_KEYBYTES, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
# RFC 9106, second choice: 64 MiB, three passes; some 0.2 s of a core.
PASSES, MEMORY = 3, 64 * 2**20
# Of three shares two open; nobody can open alone, and one may be lost.
SHARES, ENOUGH = 3, 2
VERSION, HEAD = b"U1", struct.Struct(">I")
LONGEST_HEAD = 64 * 1024


class UnitKeyError(ValueError):
    """It does not open: another key or password, another place, too few shares, or it was changed."""


@dataclass(frozen=True)
class KeyPair:
    """An X25519 key pair; 32 bytes each."""

    private: bytes = field(repr=False)
    public: bytes

    @property
    def id(self) -> str:
        return key_id(self.public)


def new_pair() -> KeyPair:
    public, private = crypto_box_keypair()
    return KeyPair(bytes(private), bytes(public))


def pair_of(private: bytes) -> KeyPair:
    return KeyPair(private, bytes(crypto_scalarmult_base(private)))


def pair_from(stretched: bytes) -> KeyPair:
    """The pair of somebody who keeps nothing but a secret, which was stretched already: the receipt of a report."""
    return pair_of(hashlib.blake2b(stretched, digest_size=KEY, person=b"reporter").digest())


def key_id(public: bytes) -> str:
    """What a public key is called in what is sealed to it."""
    return hashlib.blake2b(public, digest_size=8).hexdigest()


# Private halves ---------------------------------------------------------------------------------------------------


def wrapped(private: bytes, password: str, owner: str) -> bytes:
    """A member's private half under their password, to be kept beside their account.

    Args:
        owner: whose it is; it opens for nobody else.
    """
    return wrapped_under(private, stretched(password), owner)


def stretched(password: str) -> bytes:
    """What ``wrapped_under`` takes in place of a password, for who must not keep the password itself."""
    salt = bytes(nacl.utils.random(argon2id.SALTBYTES))
    return salt + _stretched(password, salt)


def wrapped_under(private: bytes, stretch: bytes, owner: str) -> bytes:
    """The same as ``wrapped``, under what ``stretched`` made of the password."""
    salt, key = stretch[: argon2id.SALTBYTES], stretch[argon2id.SALTBYTES :]
    return VERSION + salt + _encrypted(private, key, owner)


def unwrapped(kept: bytes, password: str, owner: str) -> KeyPair:
    """Open what ``wrapped`` made.

    Raises:
        UnitKeyError: the password is another, or it is somebody else's.
    """
    if not kept.startswith(VERSION) or len(kept) < len(VERSION) + argon2id.SALTBYTES:
        raise UnitKeyError("not a wrapped key")
    salt, rest = kept[2 : 2 + argon2id.SALTBYTES], kept[2 + argon2id.SALTBYTES :]
    return pair_of(_decrypted(rest, _stretched(password, salt), owner))


def carried(private: bytes, secret: str, place: str) -> bytes:
    """A private half, or what opens it, under a secret that is long and random already, and that nobody keeps who keeps
    the result: a session's cookie, a challenge, what a security key derives."""
    return VERSION + _encrypted(private, _carrying(secret), place)


def picked_up(kept: bytes, secret: str, place: str) -> bytes:
    """Open what ``carried`` made.

    Raises:
        UnitKeyError: the secret is another, or it belongs elsewhere.
    """
    if not kept.startswith(VERSION):
        raise UnitKeyError("not a carried key")
    return _decrypted(kept[len(VERSION) :], _carrying(secret), place)


def _carrying(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=KEY, person=b"carried").digest()


def handed(private: bytes, to: bytes) -> bytes:
    """A unit's private half for a member, or that before a rotation for the one after."""
    return bytes(crypto_box_seal(private, to))


def taken(kept: bytes, by: KeyPair) -> KeyPair:
    """Open what ``handed`` made.

    Raises:
        UnitKeyError: it was handed to somebody else.
    """
    try:
        return pair_of(crypto_box_seal_open(kept, by.public, by.private))
    except (CryptoError, ValueError, TypeError) as error:
        raise UnitKeyError("handed to another key") from error


def escrow(private: bytes) -> list[str]:
    """Three shares of a private half, as words to be printed and kept in three places; two of them open."""
    return list(generate_mnemonics(1, [(ENOUGH, SHARES)], private)[0])


def recovered(shares: Sequence[str], public: bytes) -> KeyPair:
    """A lost unit's key pair from two of its shares.

    Raises:
        UnitKeyError: too few, mistyped, or of another key.
    """
    try:
        pair = pair_of(combine_mnemonics(list(shares)))
    except (MnemonicError, ValueError, TypeError) as error:
        raise UnitKeyError("these shares do not make a key") from error
    if pair.public != public:
        raise UnitKeyError("these shares are of another key")
    return pair


# Content ----------------------------------------------------------------------------------------------------------


def sealed(content: bytes, place: str, recipients: Sequence[bytes]) -> bytes:
    """Content that only these public keys' owners open, and in one place only.

    Args:
        place: table, column and row, or a file's id.

    Raises:
        ValueError: it is for nobody.
    """
    if not recipients:
        raise ValueError("sealed to nobody")
    key = nacl.utils.random(KEY)
    return _addressed(key, recipients) + _encrypted(content, key, place)


def opened(kept: bytes, place: str, pair: KeyPair) -> bytes:
    """Open what ``sealed`` made.

    Raises:
        UnitKeyError: it is for others, belongs elsewhere, or was changed.
    """
    boxes, content = _taken_apart(kept)
    return _decrypted(content, _content_key(boxes, pair), place)


def readdressed(kept: bytes, place: str, pair: KeyPair, recipients: Sequence[bytes]) -> bytes:
    """The same content for other recipients: a transfer, or new keys after a rotation. The content is not sealed anew.

    Raises:
        UnitKeyError: who does it cannot open it.
        ValueError: it is for nobody.
    """
    if not recipients:
        raise ValueError("sealed to nobody")
    boxes, content = _taken_apart(kept)
    key = _content_key(boxes, pair)
    _decrypted(content, key, place)  # nothing is passed on that was changed
    return _addressed(key, recipients) + content


def recipients_of(kept: bytes) -> set[str]:
    """Ids of the keys that open it: what whoever has the database sees of it."""
    return set(_taken_apart(kept)[0])


def rotated(before: KeyPair) -> tuple[KeyPair, bytes]:
    """A unit's next key pair, and the one before sealed to it: who holds the new one opens the old content too."""
    after = new_pair()
    return after, handed(before.private, after.public)


def _addressed(key: bytes, recipients: Sequence[bytes]) -> bytes:
    boxes = {key_id(public): b64encode(crypto_box_seal(key, public)).decode() for public in recipients}
    head = json.dumps(boxes, sort_keys=True).encode()
    return VERSION + HEAD.pack(len(head)) + head


def _taken_apart(kept: bytes) -> tuple[dict[str, str], bytes]:
    try:
        (length,) = HEAD.unpack_from(kept, len(VERSION))
        start = len(VERSION) + HEAD.size
        if not kept.startswith(VERSION) or length > LONGEST_HEAD or start + length > len(kept):
            raise UnitKeyError("not sealed to a unit")
        boxes = json.loads(kept[start : start + length])
        return {str(name): str(box) for name, box in dict(boxes).items()}, kept[start + length :]
    except (struct.error, ValueError, TypeError) as error:
        raise UnitKeyError("not sealed to a unit") from error


def _content_key(boxes: dict[str, str], pair: KeyPair) -> bytes:
    if pair.id not in boxes:
        raise UnitKeyError("sealed to other units")
    try:
        return bytes(crypto_box_seal_open(b64decode(boxes[pair.id]), pair.public, pair.private))
    except (CryptoError, ValueError, TypeError) as error:
        raise UnitKeyError("it was changed") from error


def _stretched(password: str, salt: bytes) -> bytes:
    return bytes(argon2id.kdf(KEY, password.encode(), salt, opslimit=PASSES, memlimit=MEMORY))


def _encrypted(content: bytes, key: bytes, place: str) -> bytes:
    nonce = nacl.utils.random(NONCE)
    return nonce + bytes(crypto_aead_xchacha20poly1305_ietf_encrypt(content, place.encode(), nonce, key))


def _decrypted(kept: bytes, key: bytes, place: str) -> bytes:
    nonce, content = kept[:NONCE], kept[NONCE:]
    try:
        return bytes(crypto_aead_xchacha20poly1305_ietf_decrypt(content, place.encode(), nonce, key))
    except (CryptoError, ValueError, TypeError) as error:
        raise UnitKeyError("another key, another place, or it was changed") from error
