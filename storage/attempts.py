"""What all processes count together in Redis, and each for itself while Redis is away or not set up.

Redis is told no address, no sender and no session: a pseudonym that changes every day (UTC), and how often.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import redis
import structlog

from knowledge.turn import speaking_from
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings

# A Redis that does not answer must not hold up a turn: so long is waited, and then not asked again for a while.
REDIS_SECONDS, AWAY_SECONDS = 0.2, 5.0
FREE_TRIES, LONGEST_WAIT, FORGOTTEN_AFTER = 3, 64, 3600
# Many people may share an address (an office, a mobile network), so that it has more to go wrong.
FREE_OF_AN_ADDRESS = 30
REMEMBERED = 10_000

Answer = TypeVar("Answer")
log = structlog.get_logger("counting")


class WhileThere:
    """Asks Redis as long as it answers."""

    def __init__(self) -> None:
        self._away_until = 0.0

    def ask(self, together: Callable[[], Answer], alone: Callable[[], Answer]) -> Answer:
        """The answer of all, or this process's own while Redis is away."""
        if time.monotonic() >= self._away_until:
            try:
                return together()
            except redis.RedisError:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("redis unreachable", seconds=AWAY_SECONDS)
        return alone()


def redis_of(settings: ActionSettings) -> Any:
    """The Redis that processes share; None when they share none."""
    if not settings.redis_url:
        return None
    return redis.Redis.from_url(
        settings.redis_url.get_secret_value(), socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )


class Pseudonyms:
    """What people and addresses are counted under, the same in every process that has the installation's key."""

    def __init__(self, settings: ActionSettings) -> None:
        self._settings = settings
        self._encryptor: Encryptor | None = None

    def of(self, who: str) -> str:
        encryptor = self._encryptor = self._encryptor or load_encryptor(self._settings)
        return encryptor.pseudonym(who, datetime.now(UTC).date())


# How often something was done lately; counted once more where that is fewer than ARGV[2]. Kept are counts by whole
# periods of ARGV[1] seconds and no moments, and the time that is left to a key, which would tell when it was made, is
# the same for all of a period. Of the period before so many quarters count as are left of it.
COUNTED = """
local at, period = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1])
local slot = math.floor(at / period)
local now, before = KEYS[1] .. slot, KEYS[1] .. (slot - 1)
local left = 1 - math.floor(4 * (at % period) / period) / 4
local count = tonumber(redis.call('GET', now) or '0') + math.ceil(left * tonumber(redis.call('GET', before) or '0'))
if count < tonumber(ARGV[2]) then
  redis.call('INCR', now)
  redis.call('EXPIREAT', now, (slot + 2) * period)
end
return count
"""


# A try counts as wrong until it turns out right, so that many at once are no way around the wait. By Redis's clock. The
# second of a try is kept only where one must wait from then on: who mistypes once or twice leaves a number.
BEGIN = """
local at, count = redis.call('TIME'), tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
local now, free = at[1] + at[2] / 1e6, tonumber(ARGV[1])
local since = redis.call('HGET', KEYS[1], 'since') or '0'
if count >= free then
  local pause = math.min(2 ^ (count - free + 1), ARGV[2])
  local left = pause - (now - tonumber(since))
  if left > 0 then return math.ceil(left) end
end
redis.call('HSET', KEYS[1], 'count', count + 1, 'since', count + 1 >= free and at[1] or '0', 'earlier', since)
redis.call('EXPIREAT', KEYS[1], (math.floor(at[1] / ARGV[3]) + 2) * ARGV[3])
return 0
"""
# Only this try is taken back: who holds one right code must not be free to guess others.
RIGHT = """
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
if count <= 1 then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'count', count - 1, 'since', redis.call('HGET', KEYS[1], 'earlier'))
return count - 1
"""


@dataclass(frozen=True)
class Attempts:
    """How often somebody was wrong, when last, and when before that."""

    count: int = 0
    since: float = 0.0
    earlier: float = 0.0


class AttemptLimiter:
    """Makes guessing slow: after some wrong codes each further try doubles the wait.

    Args:
        door: what is guessed; tries at one do not count at another.
        settings: where processes count together.
        free: wrong codes before anybody waits.
        longest: seconds that one waits at most.
    """

    def __init__(
        self, door: str, settings: ActionSettings, free: int = FREE_TRIES, longest: int = LONGEST_WAIT
    ) -> None:
        self._door, self._settings, self._pseudonyms = door, settings, Pseudonyms(settings)
        self._free, self._longest = free, longest
        self._tries: OrderedDict[str, Attempts] = OrderedDict()
        self._guard, self._redis = threading.Lock(), WhileThere()
        self._client: Any = None

    def begin(self, who: str) -> int:
        """Count a try; seconds that this one must wait instead, 0 when it may be made now."""
        client = self._connected()
        if client is None:
            return self._begin_here(who)
        given = [self._key(who), self._free, self._longest, FORGOTTEN_AFTER]
        return self._redis.ask(lambda: int(client.eval(BEGIN, 1, *given)), lambda: self._begin_here(who))

    def right(self, who: str) -> None:
        """The try that was begun was right and does not count; the wrong ones before it do, until they are old."""
        client = self._connected()
        if client is None:
            self._right_here(who)
        else:
            self._redis.ask(lambda: client.eval(RIGHT, 1, self._key(who)), lambda: self._right_here(who))

    def _begin_here(self, who: str) -> int:
        now = time.monotonic()
        with self._guard:
            tried = self._tries.pop(who, None) or Attempts(0, now, now)
            if now - tried.since > FORGOTTEN_AFTER:
                tried = Attempts(0, now, now)
            over = tried.count - self._free
            pause = min(2 ** (over + 1), self._longest) if over >= 0 else 0
            left = pause - (now - tried.since)
            self._tries[who] = tried if left > 0 else Attempts(tried.count + 1, now, tried.since)
            while len(self._tries) > REMEMBERED:
                self._tries.popitem(last=False)
        return max(0, math.ceil(left))

    def _right_here(self, who: str) -> None:
        with self._guard:
            tried = self._tries.pop(who, Attempts())
            if tried.count > 1:
                self._tries[who] = Attempts(tried.count - 1, tried.earlier, tried.earlier)

    def _key(self, who: str) -> str:
        return f"tries:{self._door}:{self._pseudonyms.of(who)}"

    def _connected(self) -> Any:
        """Redis; None when processes do not count together."""
        if self._client is None:
            self._client = redis_of(self._settings)
        return self._client


class ConversationAttemptLimiter:
    """Wrong tries of a conversation, and of the address it comes from: a new sender for each try is no way around."""

    def __init__(self, door: str, settings: ActionSettings) -> None:
        self._own = AttemptLimiter(door, settings)
        self._address = AttemptLimiter(f"{door} from", settings, free=FREE_OF_AN_ADDRESS)

    def begin(self, who: str) -> int:
        """As of AttemptLimiter."""
        address = speaking_from.get()
        wait = self._own.begin(who)
        if not wait and address and (wait := self._address.begin(address)):
            self._own.right(who)
        return wait

    def right(self, who: str) -> None:
        self._own.right(who)
        if address := speaking_from.get():
            self._address.right(address)
