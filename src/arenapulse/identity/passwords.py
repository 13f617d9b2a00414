"""Passwords: which may be chosen, and their argon2id hashes, made beside the event loop.

A hash takes 19 MiB and about 20 ms of a core. A few threads make them, a bounded number of
callers wait so long, and the rest are told to come again: a storm of logins can neither eat the
memory nor hold up the loop. The threads give way to whatever else the cores have to do, and take
breaks while people buy.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import unicodedata
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from arenapulse.core.errors import Invalid, Unavailable
from arenapulse.runtime.batching import is_rush
from arenapulse.runtime.priority import Breaks, give_way

THREADS_MAX: Final = 4
WAITING_MAX: Final = 256
SECONDS_MAX: Final = 30.0
# A tenth of what a core gives to who does not give way.
NICER_BY: Final = 10
# While people buy, five sixths of what hashing would take are theirs; less where a hash takes long,
# for sixteen who sign in at once are to be in within two seconds.
BREAK_TIMES: Final = 5.0
BREAK_SECONDS_MAX: Final = 0.1
# Two who sign in at once owe theirs: only a storm is slowed.
BREAKS_OWED_SECONDS: Final = 0.2
MEMORY_KIB: Final = 19 * 1024
ROUNDS: Final = 2
LANES: Final = 1
WORD_LENGTH_MIN: Final = 4
# One of a million others is taken for a breached one.
BREACHED_BITS_EACH: Final = 29
BREACHED_HASHES: Final = 20
_BREACHED_FILE: Final = "breached_passwords.bin"
# What is verified where there is no account, so that both answers take the same time.
_NOBODY: Final = "nobody has this password"
_TOO_MANY: Final = "Too many people sign in: try again shortly."

T = TypeVar("T")


def require_acceptable(password: str, *, email: str, full_name: str, field: str) -> None:
    """Raises `Invalid` on `field` for a breached password or one made of the person's own data."""
    folded = _canonical(password).casefold()
    if folded in _breached():
        message = "this password is known from data breaches: choose another"
        raise Invalid.on(field, message, reason="BREACHED")
    name = full_name.casefold()
    own = {email.casefold(), email.partition("@")[0].casefold(), name, "".join(name.split())}
    product = "arenapulse"
    # What is left without the words of the person and of the product must still be something.
    if folded in own or _is_of(folded, words={*own, *name.split(), product}):
        message = "must not be your name or e-mail: choose another"
        raise Invalid.on(field, message, reason="OWN_WORDS")


def _is_of(folded: str, *, words: Collection[str]) -> bool:
    """Whether it is one of the words with a few digits and signs about it."""
    bare = folded.strip("0123456789!?.,;:-_+*#$%&@ ")
    return len(bare) >= WORD_LENGTH_MIN and bare in words


class BreachedPasswords:
    """A Bloom filter: what was put in is always found, what was not in one of a million cases."""

    def __init__(self, bits: bytes) -> None:
        self._bits = bits

    @classmethod
    def of(cls, passwords: Collection[str]) -> BreachedPasswords:
        bits = bytearray(len(passwords) * BREACHED_BITS_EACH // 8 + 1)
        for folded in passwords:
            for place in _places(folded, size=len(bits) * 8):
                bits[place >> 3] |= 1 << (place & 7)
        return cls(bytes(bits))

    def __contains__(self, folded: str) -> bool:
        bits = self._bits
        return all(
            bits[place >> 3] & 1 << (place & 7) for place in _places(folded, size=len(bits) * 8)
        )

    def __bytes__(self) -> bytes:
        return self._bits


def _places(folded: str, *, size: int) -> Iterator[int]:
    """Two halves of one digest make as many hashes as are wanted (Kirsch and Mitzenmacher)."""
    digest = hashlib.sha256(folded.encode()).digest()
    first, step = int.from_bytes(digest[:8]), int.from_bytes(digest[8:16]) | 1
    return ((first + n * step) % size for n in range(BREACHED_HASHES))


@cache
def _breached() -> BreachedPasswords:
    return BreachedPasswords(files("arenapulse.identity").joinpath(_BREACHED_FILE).read_bytes())


def _canonical(password: str) -> str:
    # The same key gives different code points on different keyboards.
    return unicodedata.normalize("NFKC", password)


class PasswordHashes:
    """argon2id, 19 MiB, 2 rounds, 1 lane (the OWASP recommendation of 2025)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(
            # The other cores keep their caches to themselves: a hash goes through 19 MiB twice.
            max_workers=min(THREADS_MAX, max(1, (os.cpu_count() or 1) // 2)),
            thread_name_prefix="argon2",
            initializer=give_way,
            initargs=(NICER_BY,),
        )
        self._breaks = Breaks(
            times=BREAK_TIMES,
            seconds_max=BREAK_SECONDS_MAX,
            owed_seconds=BREAKS_OWED_SECONDS,
            is_rush=is_rush,
        )
        self._waiting = 0
        self._nobody: str | None = None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def make(self, password: str) -> str:
        """The encoded hash; raises `Unavailable` while too many wait."""
        return await self._beside_the_loop(lambda: self._hasher.hash(_canonical(password)))

    async def matches(self, password: str, *, encoded: str | None) -> bool:
        """Whether the hash is of this password; the same time without a hash, and False."""
        known = encoded if encoded is not None else await self._hash_of_nobody()
        is_right = await self._beside_the_loop(lambda: self._verify(password, known))
        return is_right and encoded is not None

    def is_outdated(self, encoded: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def _verify(self, password: str, encoded: str) -> bool:
        try:
            return self._hasher.verify(encoded, _canonical(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = await self.make(_NOBODY)
        return self._nobody

    async def _beside_the_loop(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise Unavailable(_TOO_MANY, retry_after_seconds=2)
        self._waiting += 1
        try:
            async with asyncio.timeout(SECONDS_MAX):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._breaks.run, work
                )
        except TimeoutError:
            raise Unavailable(_TOO_MANY, retry_after_seconds=2) from None
        finally:
            self._waiting -= 1
