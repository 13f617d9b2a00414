"""Guessing passwords: wrong attempts by account and by address, counted in Redis for all processes.

An attempt is counted before the password is looked at, so that a thousand guesses at once are
still a thousand; a right password takes its count back. Somebody who guesses from far away must
not lock a person out at home: a browser that the account signed in by before has a count of its
own, and an address where it did is judged by its own count alone. So is one where a link was
followed that went to the account's mailbox: strangers' guesses lock nobody out.

Past a limit it is slow and not shut: one attempt in `PAUSE_SECONDS`, and who comes meanwhile hears
how long that is. So the right password comes in from a new place within a minute.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.addresses import counted_as
from arenapulse.identity.errors import TooManyAttempts
from arenapulse.runtime.redis import REDIS_ERRORS, Redis
from arenapulse.runtime.telemetry import RATE_REFUSALS

WINDOW_SECONDS: Final = 15 * 60
PER_ACCOUNT_MAX: Final = 20
PER_PAIR_MAX: Final = 10
PER_DEVICE_MAX: Final = 10
PER_ADDRESS_MAX: Final = 60
PAUSE_SECONDS: Final = 30
# Behind one address there may be a stadium.
PAUSE_OF_ADDRESS_SECONDS: Final = 5
CODES_PER_ACCOUNT_MAX: Final = 20
KNOWN_SECONDS: Final = 30 * 24 * 3600
LOCAL_KEYS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class _Count:
    used: int
    reset_seconds: int


class Attempts:
    """Counts by hashes: no address and no e-mail stands in Redis."""

    def __init__(self, redis: Redis, *, enabled: bool) -> None:
        self._redis = redis
        self._spend: Any = redis.register_script(_SPEND)
        self._give_back: Any = redis.register_script(_GIVE_BACK)
        self._enabled = enabled
        self._local: dict[str, tuple[int, float]] = {}

    async def spend(self, email: str, *, address: str, device: UUID | None) -> None:
        """Counts one attempt; raises `TooManyAttempts` past a limit, but for one in a pause."""
        if not self._enabled:
            return
        if device is not None:
            key = _device_key(device)
            await self._slow_past(await self._count_one(key), limit=PER_DEVICE_MAX, key=key)
            return
        keys = _Keys.of(email, address=address)
        counts, is_known = await self._count(keys)
        account, pair, by_address = counts
        await self._slow_past(pair, limit=PER_PAIR_MAX, key=keys.pair)
        await self._slow_past(
            by_address, limit=PER_ADDRESS_MAX, key=keys.address, pause=PAUSE_OF_ADDRESS_SECONDS
        )
        if not is_known:
            await self._slow_past(account, limit=PER_ACCOUNT_MAX, key=keys.account)

    async def give_back(self, email: str, *, address: str, device: UUID | None) -> None:
        """The password was right: takes the count back and knows the address from now on."""
        if not self._enabled:
            return
        keys = _Keys.of(email, address=address)
        counted = keys.counted if device is None else (_device_key(device),)
        for key in counted:
            used, until = self._local.get(key, (0, 0.0))
            if used > 0:
                self._local[key] = (used - 1, until)
        with contextlib.suppress(*REDIS_ERRORS):
            await self._give_back(keys=[*counted, keys.known], args=[WINDOW_SECONDS, KNOWN_SECONDS])

    async def know(self, email: str, *, address: str) -> None:
        """Who showed that the mailbox is theirs is at home here, however others guess."""
        if not self._enabled:
            return
        keys = _Keys.of(email, address=address)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(keys.known, 1, ex=KNOWN_SECONDS)
                pipe.delete(keys.pair)
                await pipe.execute()
        except REDIS_ERRORS:
            return

    async def spend_code(self, user_id: UUID) -> None:
        """Counts one code of a second factor; raises `TooManyAttempts` past the limit."""
        if not self._enabled:
            return
        _refuse_past(await self._count_one(_code_key(user_id)), limit=CODES_PER_ACCOUNT_MAX)

    async def give_code_back(self, user_id: UUID) -> None:
        """The code was right."""
        if not self._enabled:
            return
        try:
            client: Any = self._redis  # its keywords are untyped
            await client.decr(_code_key(user_id))
        except REDIS_ERRORS:
            return

    async def _slow_past(
        self, count: _Count, *, limit: int, key: str, pause: int = PAUSE_SECONDS
    ) -> None:
        """Past the limit the first is refused, and later ones come one in a pause."""
        if count.used <= limit:
            return
        is_first = count.used == limit + 1
        turn = f"{key}:turn"
        try:
            # The driver's own types leave its answers open.
            has_turn: Any = await self._redis.set(turn, 1, ex=pause, nx=True)
            left: Any = await self._redis.ttl(turn)
        except REDIS_ERRORS:
            here = self._count_here(turn, seconds=pause)
            has_turn, left = here.used == 1, here.reset_seconds
        if is_first or not has_turn:
            _refuse(limit, seconds=max(1, int(left)), is_first=is_first)

    async def _count_one(self, key: str) -> _Count:
        try:
            found: list[Any] = await self._spend(keys=[key], args=[WINDOW_SECONDS])
        except REDIS_ERRORS:
            return self._count_here(key)
        return _Count(int(found[0]), max(1, int(found[1])))

    async def _count(self, keys: _Keys) -> tuple[list[_Count], bool]:
        try:
            found: list[Any] = await self._spend(
                keys=keys.counted, args=[WINDOW_SECONDS, keys.known]
            )
        except REDIS_ERRORS:
            return [self._count_here(key) for key in keys.counted], False
        counts = [_Count(int(found[i]), max(1, int(found[i + 1]))) for i in (0, 2, 4)]
        return counts, bool(found[6])

    def _count_here(self, key: str, *, seconds: int = WINDOW_SECONDS) -> _Count:
        now = clock.monotonic_seconds()
        if len(self._local) >= LOCAL_KEYS_MAX:
            self._local = {k: v for k, v in self._local.items() if v[1] > now}
            if len(self._local) >= LOCAL_KEYS_MAX:
                self._local.clear()
        used, until = self._local.get(key, (0, 0.0))
        if until <= now:
            used, until = 0, now + seconds
        self._local[key] = (used + 1, until)
        return _Count(used + 1, int(until - now) + 1)


@dataclass(frozen=True, slots=True)
class _Keys:
    account: str
    pair: str
    address: str
    known: str

    @classmethod
    def of(cls, email: str, *, address: str) -> _Keys:
        network = counted_as(address)
        account = short("account", email)
        pair = short("pair", email, network)
        return cls(
            account=f"attempts:{account}",
            pair=f"attempts:{pair}",
            address=f"attempts:{short('address', network)}",
            known=f"attempts:known:{pair}",
        )

    @property
    def counted(self) -> tuple[str, str, str]:
        return self.account, self.pair, self.address


# One word to Redis for what would be ten: each costs the loop more than Redis.
_SPEND: Final = """
local found = {}
for _, key in ipairs(KEYS) do
  found[#found + 1] = redis.call('INCR', key)
  redis.call('EXPIRE', key, ARGV[1], 'NX')
  found[#found + 1] = redis.call('TTL', key)
end
if ARGV[2] then
  found[#found + 1] = redis.call('EXISTS', ARGV[2])
end
return found
"""
_GIVE_BACK: Final = """
for at = 1, #KEYS - 1 do
  redis.call('DECR', KEYS[at])
  redis.call('EXPIRE', KEYS[at], ARGV[1], 'NX')
end
redis.call('SET', KEYS[#KEYS], 1, 'EX', ARGV[2])
"""


def _code_key(user_id: UUID) -> str:
    return f"attempts:{short('code', str(user_id))}"


def _device_key(device: UUID) -> str:
    return f"attempts:{short('device', str(device))}"


def short(*parts: str) -> str:
    """What stands in Redis for something personal."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _refuse_past(count: _Count, *, limit: int) -> None:
    if count.used > limit:
        _refuse(limit, seconds=count.reset_seconds, is_first=count.used == limit + 1)


def _refuse(limit: int, *, seconds: int, is_first: bool) -> NoReturn:
    RATE_REFUSALS.labels("guessing", "u").inc()
    raise TooManyAttempts(limit=limit, retry_after_seconds=seconds, is_first=is_first)
