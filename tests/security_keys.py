"""A security key in software: what an authenticator and a browser answer, made by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, WITH_KEY = 0x01, 0x40


class SoftKey:
    """A key on one page; ``origin`` is what its browser says, ``host`` what the key was told.

    Args:
        derives: whether it derives a secret from what it is asked (PRF).
    """

    def __init__(self, origin: str = "https://desk.example", host: str = "desk.example", derives: bool = False) -> None:
        self.origin, self.host, self.count = origin, host, 0
        self.own = secrets.token_bytes(32) if derives else b""
        self.id, self.private = secrets.token_bytes(16), ec.generate_private_key(ec.SECP256R1())

    def _answer(self, options: str, kind: str, extra: bytes = b"") -> tuple[bytes, bytes]:
        self.count += 1
        client = {"type": kind, "challenge": json.loads(options)["challenge"], "origin": self.origin}
        flags = PRESENT | (WITH_KEY if extra else 0)
        about = hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + extra
        return json.dumps(client).encode(), about

    def _credential(self, **response: bytes) -> str:
        own: dict[str, Any] = {"id": bytes_to_base64url(self.id), "rawId": bytes_to_base64url(self.id)}
        given = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({**own, "type": "public-key", "response": given, "clientExtensionResults": {}})

    def created(self, options: str) -> str:
        """What registers it."""
        point = self.private.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        client, about = self._answer(options, "webauthn.create", attested)
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})
        return self._credential(clientDataJSON=client, attestationObject=statement)

    def signed(self, options: str) -> str:
        """Its signature over a challenge."""
        client, about = self._answer(options, "webauthn.get")
        signature = self.private.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        answer = self._credential(clientDataJSON=client, authenticatorData=about, signature=signature)
        asked = json.loads(options).get("extensions", {}).get("prf", {}).get("eval")
        if not (asked and self.own):
            return answer
        derived = hmac.digest(self.own, base64url_to_bytes(asked["first"]), "sha256")
        results = {"prf": {"results": {"first": bytes_to_base64url(derived)}}}
        return json.dumps({**json.loads(answer), "clientExtensionResults": results})
