"""Which tip-off a receipt has opened in which conversation: in memory for a while, never on a disk.

Where processes share a Redis they share this as well, as a sealed value under a pseudonym of the day; without one, who
is answered by another process is asked for the receipt again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

import redis

from storage.attempts import Pseudonyms, WhileThere, redis_of
from storage.encryption import Encryptor, OutOfPlaceError, load_encryptor
from storage.settings import ActionSettings

REMEMBERED = 10_000
# Keys in Redis end together, so that the time that is left to one does not tell when it was made.
END_TOGETHER = 1800


class OpenedCases:
    """The cases that were opened by receipt a short while ago, by conversation.

    Args:
        seconds: how long each stays open.
    """

    def __init__(self, seconds: int, settings: ActionSettings) -> None:
        self._seconds, self._settings = seconds, settings
        self._pseudonyms, self._there, self._guard = Pseudonyms(settings), WhileThere(), threading.Lock()
        self._here: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._client: redis.Redis | None = None
        self._encryptor: Encryptor | None = None

    def open(self, conversation_id: str, case_id: str) -> None:
        """Remember that a conversation may write to a case for a while."""
        key, until = self._key(conversation_id), time.time() + self._seconds
        with self._guard:
            self._here[key] = (case_id, time.monotonic() + self._seconds)
            self._here.move_to_end(key)
            while len(self._here) > REMEMBERED:
                self._here.popitem(last=False)
        if client := self._connected():
            sealed = self._sealed().encrypt_for(key, [case_id, until])
            end = int(until // END_TOGETHER + 1) * END_TOGETHER
            self._there.ask(lambda: client.set(key, sealed, exat=end), lambda: None)

    def of(self, conversation_id: str) -> str | None:
        """The case that a conversation has open; None when there is none, or its time is over."""
        key = self._key(conversation_id)
        with self._guard:
            case_id, until = self._here.get(key, ("", 0.0))
        if until > time.monotonic():
            return case_id
        client = self._connected()
        sealed = self._there.ask(lambda: client.get(key), lambda: None) if client else None
        return self._within(key, bytes(sealed)) if isinstance(sealed, bytes) else None

    def close(self, conversation_id: str) -> None:
        key, client = self._key(conversation_id), self._connected()
        with self._guard:
            self._here.pop(key, None)
        if client:
            self._there.ask(lambda: client.delete(key), lambda: None)

    def _within(self, key: str, sealed: bytes) -> str | None:
        try:
            case_id, until = self._sealed().decrypt_in(key, sealed)
        except OutOfPlaceError:
            return None
        return str(case_id) if until > time.time() else None

    def _key(self, conversation_id: str) -> str:
        return f"opened:{self._pseudonyms.of(conversation_id)}"

    def _sealed(self) -> Encryptor:
        self._encryptor = self._encryptor or load_encryptor(self._settings)
        return self._encryptor

    def _connected(self) -> redis.Redis | None:
        if self._client is None:
            self._client = redis_of(self._settings)
        return self._client
