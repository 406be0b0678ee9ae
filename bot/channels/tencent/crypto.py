"""Callbacks of 公众号 and 企业微信: their signature, their AES mode, their XML.

Source: https://developer.work.weixin.qq.com/document/path/90968 and
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
import time
from collections.abc import Mapping
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
BLOCK, RANDOM, LENGTH = 32, 16, 4
# A recorded callback is worthless after this; until then its message is known (``outbox.SEEN_DAYS``).
MOST_SECONDS_OFF = 2 * 86_400
# What XML cannot hold, not even escaped.
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Forged(Exception):
    """A callback that does not come from the platform, or not whole."""


class CallbackCrypto:
    """Checks, opens and seals the callbacks of one account.

    Args:
        token: the Token that was entered in the platform's console.
        aes_key: the EncodingAESKey, 43 characters.
        receiver: AppID of the 公众号 or CorpID of the 企业微信: what a message must be for.

    Raises:
        ValueError: the key is none.
    """

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        if not AES_KEY.fullmatch(aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        # Its last character carries two bits too many, which consoles fill as they like.
        self._key = base64.b64decode(f"{aes_key}=")
        self._token, self._receiver = token, receiver.encode()

    def signature(self, timestamp: str, nonce: str, *encrypted: str) -> str:
        return hashlib.sha1("".join(sorted([self._token, timestamp, nonce, *encrypted])).encode()).hexdigest()

    def check(self, signature: str, timestamp: str, nonce: str, *encrypted: str) -> None:
        """Refuse what is not signed, or was signed days ago.

        Raises:
            Forged: it is neither to be opened nor to be answered.
        """
        own = self.signature(timestamp, nonce, *encrypted)
        if not hmac.compare_digest(own.encode(), signature.encode()):
            raise Forged("signature")
        if not timestamp.isascii() or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > MOST_SECONDS_OFF:
            raise Forged("time")

    def open(self, encrypted: str) -> str:
        """What was sealed for us.

        Raises:
            Forged: with another key, for another account, or cut short.
        """
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Forged("base64") from error
        if not sealed or len(sealed) % 16:
            raise Forged("length")
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        padding = padded[-1]
        if not 1 <= padding <= BLOCK or padded[-padding:] != bytes([padding]) * padding:
            raise Forged("padding")
        return self._content(padded[RANDOM:-padding])

    def _content(self, plain: bytes) -> str:
        if len(plain) < LENGTH:
            raise Forged("length")
        (length,) = struct.unpack(">I", plain[:LENGTH])
        content, receiver = plain[LENGTH : LENGTH + length], plain[LENGTH + length :]
        if len(content) != length or not hmac.compare_digest(receiver, self._receiver):
            raise Forged("receiver")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise Forged("text") from error

    def seal(self, text: str) -> str:
        content = text.encode()
        plain = secrets.token_bytes(RANDOM) + struct.pack(">I", len(content)) + content + self._receiver
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def sealed_reply(self, text: str) -> str:
        """The body that answers a callback with a message (XML), sealed and signed."""
        encrypted, timestamp, nonce = self.seal(text), str(int(time.time())), secrets.token_hex(8)
        signature = self.signature(timestamp, nonce, encrypted)
        return as_xml({"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": timestamp, "Nonce": nonce})

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def read_xml(text: str | bytes) -> dict[str, str]:
    """The fields of a message; what lies deeper than them is left out.

    Raises:
        Forged: it is no XML, or XML with a document type, which no message has.
    """
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Forged("xml") from error
    return {field.tag: field.text or "" for field in root if len(field) == 0}


def as_xml(fields: Mapping[str, str]) -> str:
    """A message; values are escaped, so that no text can end its field."""
    inner = "".join(f"<{name}>{escape(NOT_XML.sub('', value))}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>"
