"""All SQL of the tickets slice; who holds a ticket, orders says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId
from arenapulse.runtime.db import Database, Session


@dataclass(frozen=True, slots=True)
class SealedKeys:
    sealed: bytes
    generation: int
    printed_codes: bool
    former: bytes | None
    """The gate keys before this one, each with its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A transfer that nobody has ended, though its time may be over."""

    transfer_id: UUID
    order_id: OrderId
    number: int
    event_id: EventId
    giver_id: UserId
    email: str
    expires_at: dt.datetime


async def keys_from_pool(database: Database, *, event_id: EventId) -> SealedKeys | None:
    """For hot readers."""
    row = await database.pool.fetchrow(_KEYS, event_id)
    return None if row is None else _sealed(row)


def _sealed(row: asyncpg.Record) -> SealedKeys:
    return SealedKeys(bytes(row["sealed"]), row["generation"], row["printed_codes"], row["former"])


async def keep_keys(
    database: Database, *, event_id: EventId, sealed: bytes, now: dt.datetime
) -> None:
    """The first to come makes them."""
    await database.pool.execute(_KEEP_KEYS, event_id, sealed, now)


async def pass_secrets(session: Session, *, organization_id: OrganizationId) -> bytes | None:
    """The envelope of what signs an organization's passes."""
    found: bytes | None = await (await session.driver()).fetchval(_CERTIFICATES, organization_id)
    return found


async def keep_pass_secrets(
    session: Session, *, organization_id: OrganizationId, sealed: bytes, now: dt.datetime
) -> None:
    await (await session.driver()).execute(_KEEP_CERTIFICATES, organization_id, sealed, now)


async def lock_keys(session: Session, *, event_id: EventId) -> SealedKeys | None:
    row = await (await session.driver()).fetchrow(f"{_KEYS} FOR NO KEY UPDATE", event_id)
    return None if row is None else _sealed(row)


async def change_keys(
    session: Session, *, event_id: EventId, sealed: bytes, former: bytes, now: dt.datetime
) -> None:
    await (await session.driver()).execute(_CHANGE_KEYS, event_id, sealed, former, now)


async def allow_printed(session: Session, *, event_id: EventId, is_allowed: bool) -> None:
    await (await session.driver()).execute(_ALLOW_PRINTED, event_id, is_allowed)


async def offer(session: Session, *, made: Offer, token_hash: bytes, now: dt.datetime) -> bool:
    """False where an offer of the ticket waits already; one whose time is over ends."""
    connection = await session.driver()
    await connection.execute(_END_EXPIRED, made.order_id, made.number, now)
    found = await connection.fetchval(
        _OFFER,
        *(made.transfer_id, made.order_id, made.number, made.event_id, made.giver_id),
        *(made.email, token_hash, now, made.expires_at),
    )
    return found is not None


async def offered_lately(
    session: Session, *, order_id: OrderId, number: int, giver_id: UserId, since: dt.datetime
) -> tuple[int, int]:
    """How many offers of the ticket this giver made since then, and how many of any."""
    row = await (await session.driver()).fetchrow(_LATELY, giver_id, since, order_id, number)
    assert row is not None, "an aggregate has a row"
    return row[0], row[1]


async def withdraw(
    session: Session, *, order_id: OrderId, number: int, giver_id: UserId, now: dt.datetime
) -> bool:
    found = await (await session.driver()).fetchval(_WITHDRAW, order_id, number, giver_id, now)
    return found is not None


async def withdraw_all_of(
    session: Session, *, giver_id: UserId, email: str | None, now: dt.datetime
) -> None:
    """What the person offers, and what is offered to their address."""
    await (await session.driver()).execute(_WITHDRAW_ALL, giver_id, now, email)


async def offers_of(session: Session, *, user_id: UserId) -> list[asyncpg.Record]:
    """What the person gave or took, and to whom it is still offered."""
    return list(await (await session.driver()).fetch(_OFFERS_OF, user_id))


async def lock_offer(session: Session, *, token_hash: bytes) -> asyncpg.Record | None:
    """The transfer of a token, ended or not."""
    return await (await session.driver()).fetchrow(_LOCK_OFFER, token_hash)


async def end_taken(
    session: Session, *, transfer_id: UUID, recipient_id: UserId, new_number: int, now: dt.datetime
) -> bool:
    connection = await session.driver()
    found = await connection.fetchval(_TAKEN, transfer_id, recipient_id, new_number, now)
    return found is not None


async def waiting_offer(
    session: Session, *, order_id: OrderId, number: int, now: dt.datetime
) -> asyncpg.Record | None:
    return await (await session.driver()).fetchrow(_WAITING, order_id, number, now)


_KEYS: Final = (
    "SELECT sealed, generation, printed_codes, former FROM event_keys WHERE event_id = $1"
)
_KEEP_KEYS: Final = (
    "INSERT INTO event_keys (event_id, sealed, changed_at) VALUES ($1, $2, $3) "
    "ON CONFLICT DO NOTHING"
)
_CHANGE_KEYS: Final = (
    "UPDATE event_keys SET sealed = $2, former = $3, generation = generation + 1, "
    "changed_at = $4 WHERE event_id = $1"
)
_ALLOW_PRINTED: Final = "UPDATE event_keys SET printed_codes = $2 WHERE event_id = $1"
_END_EXPIRED: Final = (
    "UPDATE ticket_transfers SET ended_at = $3, outcome = 'EXPIRED', email = NULL "
    "WHERE order_id = $1 AND number = $2 AND ended_at IS NULL AND expires_at <= $3"
)
_OFFER: Final = """
INSERT INTO ticket_transfers (id, order_id, number, event_id, giver_id, email, token_hash,
    created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (order_id, number) WHERE ended_at IS NULL DO NOTHING
  RETURNING id
"""
_LATELY: Final = """
SELECT count(*) FILTER (WHERE order_id = $3 AND number = $4), count(*)
  FROM ticket_transfers WHERE giver_id = $1 AND created_at > $2
"""
_WITHDRAW: Final = (
    "UPDATE ticket_transfers SET ended_at = $4, outcome = 'WITHDRAWN', email = NULL "
    "WHERE order_id = $1 AND number = $2 AND giver_id = $3 AND ended_at IS NULL "
    "AND expires_at > $4 RETURNING id"
)
_WITHDRAW_ALL: Final = (
    "UPDATE ticket_transfers SET ended_at = $2, outcome = 'WITHDRAWN', email = NULL "
    "WHERE (giver_id = $1 OR email = $3) AND ended_at IS NULL"
)
_OFFERS_OF: Final = (
    "SELECT id, event_id, giver_id = $1 AS is_given, email, outcome, created_at, ended_at "
    "FROM ticket_transfers WHERE giver_id = $1 OR recipient_id = $1 ORDER BY id"
)
_LOCK_OFFER: Final = "SELECT * FROM ticket_transfers WHERE token_hash = $1 FOR NO KEY UPDATE"
_TAKEN: Final = (
    "UPDATE ticket_transfers SET ended_at = $4, outcome = 'TAKEN', email = NULL, "
    "recipient_id = $2, new_number = $3 WHERE id = $1 AND ended_at IS NULL RETURNING id"
)
_WAITING: Final = (
    "SELECT id, expires_at FROM ticket_transfers WHERE order_id = $1 AND number = $2 "
    "AND ended_at IS NULL AND expires_at > $3"
)
_CERTIFICATES: Final = "SELECT pass_seal($1)"
_KEEP_CERTIFICATES: Final = """
INSERT INTO pass_certificates (organization_id, sealed, changed_at) VALUES ($1, $2, $3)
  ON CONFLICT (organization_id) DO UPDATE
    SET sealed = EXCLUDED.sealed, changed_at = EXCLUDED.changed_at
"""
