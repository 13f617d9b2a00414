"""The secrets of an event: made at the first need, sealed at rest, remembered for a second."""

from __future__ import annotations

import datetime as dt
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.ids import EventId
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.sharing import FreshReads
from arenapulse.tickets import queries
from arenapulse.tickets.terms import (
    EVENT_SECRETS,
    FORMER_KEY_GRACE_SECONDS,
    FORMER_KEYS_MAX,
    event_secrets_place,
    former_keys_place,
)
from arenapulse.tickets.ticketcode import EventKeys

KEY_BYTES: Final = 32
KNOWN_MAX: Final = 2_000
AGE_SECONDS_MAX: Final = 1.0
_ENDED: Final = struct.Struct(">d")


@dataclass(frozen=True, slots=True)
class FormerKey:
    keys: EventKeys
    ended_at: float


@dataclass(frozen=True, slots=True)
class Codes:
    """How an event's codes are made; `generation` counts its gate keys, from 1."""

    keys: EventKeys
    generation: int
    printed_codes: bool
    former: tuple[FormerKey, ...] = ()
    """What gates without a network may have judged by, the newest first."""

    def at(self, unix: float) -> Sequence[EventKeys]:
        """By which gate keys a gate without a network may have judged then."""
        if not self.former:
            return (self.keys,)
        since = unix - FORMER_KEY_GRACE_SECONDS
        return (self.keys, *(each.keys for each in self.former if since < each.ended_at))


class Keyrack:
    """One a process."""

    def __init__(self, database: Database, *, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._known: FreshReads[EventId, Codes] = FreshReads(
            self._read, seconds_max=AGE_SECONDS_MAX, entries_max=KNOWN_MAX
        )

    async def codes(self, event_id: EventId) -> Codes:
        """Those of an event that is there: who asks has looked for it."""
        return await self._known.get(event_id)

    def known(self, event_id: EventId) -> Codes | None:
        """The same, if they were read within the last second."""
        return self._known.known(event_id)

    async def _read(self, event_id: EventId) -> Codes:
        found = await queries.keys_from_pool(self._database, event_id=event_id)
        if found is None:
            made = self._seal(os.urandom(2 * KEY_BYTES), event_id=event_id)
            now = clock.now()
            await queries.keep_keys(self._database, event_id=event_id, sealed=made, now=now)
            found = await queries.keys_from_pool(self._database, event_id=event_id)
        if found is None:
            raise InvariantBroken("the keys of an event were written and are not there")
        both = self._opened(found.sealed, event_id=event_id)
        seed = both[:KEY_BYTES]
        return Codes(
            EventKeys(seed=seed, gate_key=both[KEY_BYTES:]),
            found.generation,
            found.printed_codes,
            tuple(
                FormerKey(EventKeys(seed=seed, gate_key=key), ended_at)
                for key, ended_at in self._former(found, event_id=event_id)
            ),
        )

    async def allows_printed(self, event_id: EventId) -> bool:
        """Where nobody has needed a key yet, nobody has allowed it."""
        found = await queries.keys_from_pool(self._database, event_id=event_id)
        return found is not None and found.printed_codes

    async def allow_printed(self, session: Session, *, event_id: EventId, is_allowed: bool) -> None:
        """Whether gates of the event let people in with paper; known everywhere a second later."""
        await self.codes(event_id)
        await queries.allow_printed(session, event_id=event_id, is_allowed=is_allowed)
        self._forget_after(session, event_id=event_id)

    async def change_gate_key(
        self, session: Session, *, event_id: EventId, now: dt.datetime
    ) -> None:
        """A new gate key: what a stolen device knows opens nothing any more.

        What is signed and printed stays good; wallets fetch their tickets' new keys.
        """
        await self.codes(event_id)
        found = await queries.lock_keys(session, event_id=event_id)
        if found is None:
            raise InvariantBroken("the keys of an event were there and are not")
        both = self._opened(found.sealed, event_id=event_id)
        sealed = self._seal(both[:KEY_BYTES] + os.urandom(KEY_BYTES), event_id=event_id)
        ended = [(both[KEY_BYTES:], now.timestamp()), *self._former(found, event_id=event_id)]
        former = self._keyring.seal(
            b"".join(key + _ENDED.pack(at) for key, at in ended[:FORMER_KEYS_MAX]),
            purpose=EVENT_SECRETS,
            bound_to=former_keys_place(event_id),
        )
        await queries.change_keys(session, event_id=event_id, sealed=sealed, former=former, now=now)
        self._forget_after(session, event_id=event_id)

    def _forget_after(self, session: Session, *, event_id: EventId) -> None:
        """This process reads them again at once, the others within a second."""

        async def forget() -> None:
            self._known.forget(event_id)

        session.after_commit(forget)

    def _seal(self, both: bytes, *, event_id: EventId) -> bytes:
        return self._keyring.seal(
            both, purpose=EVENT_SECRETS, bound_to=event_secrets_place(event_id)
        )

    def _opened(self, sealed: bytes, *, event_id: EventId) -> bytes:
        return self._keyring.open(
            sealed, purpose=EVENT_SECRETS, bound_to=event_secrets_place(event_id)
        )

    def _former(self, found: queries.SealedKeys, *, event_id: EventId) -> list[tuple[bytes, float]]:
        """Gate keys with their ends, the newest first."""
        if found.former is None:
            return []
        packed = self._keyring.open(
            found.former, purpose=EVENT_SECRETS, bound_to=former_keys_place(event_id)
        )
        step = KEY_BYTES + _ENDED.size
        return [
            (packed[at : at + KEY_BYTES], _ENDED.unpack(packed[at + KEY_BYTES : at + step])[0])
            for at in range(0, len(packed), step)
        ]
