"""The draw: the list is closed, lots are compared, the seed is opened. Run again it is the same."""

from __future__ import annotations

import array
import asyncio
import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final

from arenapulse.core import clock
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database
from arenapulse.waitingroom import draw, queries
from arenapulse.waitingroom.queries import RoomRow
from arenapulse.waitingroom.roombook import SEED_PURPOSE

LOOK_SECONDS: Final = 0.5
AT_ONCE: Final = 4
LEASE: Final = dt.timedelta(seconds=20)
"""So long others leave a room to who draws it; a draw of a million takes some seconds."""


class Drawing:
    """One a worker; safe to run in several at once. No room waits for the draw of another."""

    def __init__(self, database: Database, *, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def draw(self) -> None:
        """Draws the rooms whose lists are closed."""
        if not await queries.awaits_draw(self._database, now=clock.now()):
            return
        done = await asyncio.gather(
            *(self._drain() for _ in range(AT_ONCE)), return_exceptions=True
        )
        for each in done:
            if isinstance(each, BaseException):
                raise each

    async def _drain(self) -> None:
        while True:
            async with self._database.transaction() as session:
                now = clock.now()
                event_id = await queries.claim_draw(session, now=now, until=now + LEASE)
                row = event_id and await queries.lock_room(session, event_id=event_id)
            if not row:
                return
            await draw_room(self._database, keyring=self._keyring, row=row)


async def draw_room(database: Database, *, keyring: Keyring, row: RoomRow) -> bool:
    """Draws the closed lists of a room; False where somebody else did meanwhile.

    All is computed outside of transactions: who joins does not wait for it.
    """
    event_id = row.event_id
    seed = keyring.open(row.sealed_seed, purpose=SEED_PURPOSE, bound_to=str(event_id))
    drawn: list[tuple[int, int, tuple[bytes, bytes, bytes]]] = []
    for lane in row.lanes:
        if not lane.drawn:
            continue
        tickets, numbers = await queries.entrants(
            database, event_id=event_id, lane=lane.lane, drawn=lane.drawn
        )
        ranks = await asyncio.to_thread(
            _ranks, seed, lane=lane.lane, tickets=tickets, numbers=numbers, drawn=lane.drawn
        )
        digest = hashlib.sha256(tickets).digest()
        drawn.append(
            (
                lane.lane,
                len(tickets) // draw.TICKET_BYTES,
                (digest, tickets, draw.packed(ranks)),
            )
        )
    async with database.transaction() as session:
        if not await queries.open_seed(session, event_id=event_id, seed=seed, now=clock.now()):
            return False
        for lane_number, entrants, kept in drawn:
            await queries.keep_draw(
                session, event_id=event_id, lane=lane_number, entrants=entrants, drawn=kept
            )
    return True


def _ranks(
    seed: bytes, *, lane: int, tickets: bytes, numbers: Sequence[int] | None, drawn: int
) -> array.array[int]:
    """The place of each number; 0 for who left before the draw."""
    key = draw.draw_key(seed, lane=lane, tickets=tickets)
    places = draw.places(tickets, key=key)
    if numbers is None:
        return places
    made = array.array("I", bytes(4 * drawn))
    for number, place in zip(numbers, places, strict=True):
        made[number - 1] = place
    return made
