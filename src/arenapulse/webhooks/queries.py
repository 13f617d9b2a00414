"""All SQL of webhooks, against its own tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import text

from arenapulse.core.ids import OrganizationId, new_id
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity.queries.naming import names_of
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.due import DueTable
from arenapulse.webhooks.schemas import (
    Attempt,
    AttemptView,
    DeliveryView,
    Due,
    News,
    TroubledWebhook,
    WebhookView,
)
from arenapulse.webhooks.terms import (
    ATTEMPTS_KEPT_MAX,
    DeliveryStatus,
    EventType,
    PauseReason,
)

DELIVERIES: Final = DueTable(
    name="webhook_deliveries",
    key={"id": "UUID"},
    columns="d.endpoint_id, d.round_tries, d.attempts::TEXT AS attempts_text, d.body",
)
_ATTEMPTS: Final = msgspec.json.Decoder(tuple[Attempt, ...])


async def endpoints_of(
    session: Session, *, organization_id: OrganizationId, page: PageRequest
) -> Page[WebhookView]:
    """The living ones, newest first."""
    values = {"organization": organization_id, "limit": page.limit, "offset": page.offset}
    rows = await session.execute(_LIST, values)
    total = await session.scalar(_COUNT, {"organization": organization_id})
    return Page(items=[_view(row) for row in rows], request=page, total=int(total or 0))


async def troubled(session: Session, *, limit: int) -> list[TroubledWebhook]:
    """Of every organization those that fail or are paused, the longest first."""
    rows = (await session.execute(_TROUBLED, {"limit": limit})).all()
    names = await names_of(session, ids=sorted({row.organization_id for row in rows}))
    return [
        TroubledWebhook(
            **_view(row).model_dump(),
            organization_id=row.organization_id,
            organization=names.get(row.organization_id, ""),
            waiting=row.waiting,
        )
        for row in rows
    ]


async def endpoint(
    session: Session, *, organization_id: OrganizationId, endpoint_id: UUID
) -> WebhookView | None:
    values = {"organization": organization_id, "id": endpoint_id}
    row = (await session.execute(_ONE, values)).one_or_none()
    return None if row is None else _view(row)


async def lock_organization(session: Session, *, organization_id: OrganizationId) -> int:
    """Lets nobody else add an endpoint meanwhile; how many live."""
    await session.execute(_LOCK, {"organization": str(organization_id)})
    return int(await session.scalar(_COUNT, {"organization": organization_id}) or 0)


async def add(session: Session, **values: object) -> None:
    await session.execute(_ADD, values)


async def change(
    session: Session,
    *,
    endpoint_id: UUID,
    organization_id: OrganizationId,
    url: str | None,
    events: Sequence[EventType] | None,
) -> bool:
    """What is None stays; whether there is such an endpoint."""
    changed = await session.execute(
        _CHANGE,
        {
            "id": endpoint_id,
            "organization": organization_id,
            "url": url,
            "events": None if events is None else [event.value for event in events],
        },
    )
    return changed.first() is not None


async def end(
    session: Session, *, endpoint_id: UUID, organization_id: OrganizationId, now: dt.datetime
) -> bool:
    """It is told nothing more; whether it lived."""
    values = {"id": endpoint_id, "organization": organization_id, "now": now}
    ended = (await session.execute(_END, values)).first() is not None
    if ended:
        await session.execute(_HOLD, {"id": endpoint_id})
    return ended


async def pause(
    session: Session, *, endpoint_id: UUID, reason: PauseReason, now: dt.datetime
) -> OrganizationId | None:
    """What is due to it waits; whose it is, None where it was paused already."""
    values = {"id": endpoint_id, "reason": reason.value, "now": now}
    row = (await session.execute(_PAUSE, values)).first()
    if row is None:
        return None
    await session.execute(_HOLD, {"id": endpoint_id})
    return OrganizationId(row.organization_id)


async def hold(session: Session, *, endpoint_id: UUID) -> None:
    """What is due to it waits."""
    await session.execute(_HOLD, {"id": endpoint_id})


async def resume(session: Session, *, endpoint_id: UUID, now: dt.datetime) -> bool:
    """What waited is due at once; whether it was paused."""
    if (await session.execute(_RESUME, {"id": endpoint_id})).first() is None:
        return False
    await session.execute(_RELEASE, {"id": endpoint_id, "now": now})
    return True


async def listens(session: Session, *, news: Sequence[News]) -> bool:
    """Whether any endpoint wants any of it."""
    wanted = {(each.organization_id, each.type) for each in news}
    return await wants(session, wanted=wanted)


async def wants(session: Session, *, wanted: Collection[tuple[OrganizationId, EventType]]) -> bool:
    """Whether any endpoint of these organizations wants what is theirs."""
    values = {
        "organizations": [organization for organization, _ in wanted],
        "types": [kind.value for _, kind in wanted],
    }
    return bool(await session.scalar(_LISTENS, values))


async def deliver(session: Session, *, news: Sequence[News]) -> int:
    """A delivery for each piece and each endpoint that wants it, once; how many are new."""
    values = {
        "organizations": [each.organization_id for each in news],
        "types": [each.type.value for each in news],
        "keys": [each.key for each in news],
        "bodies": [_body(each) for each in news],
        "at": [each.at for each in news],
    }
    found = (await session.execute(_TO_TELL, values)).all()
    if not found:
        return 0
    added = await session.execute(
        _DELIVER,
        {
            "ids": [new_id() for _ in found],
            "ends": [row.id for row in found],
            "paused": [row.is_paused for row in found],
            "types": [row.type for row in found],
            "keys": [row.key for row in found],
            "bodies": [row.body for row in found],
            "at": [row.at for row in found],
        },
    )
    return len(added.all())


async def due_with_endpoints(session: Session, *, rows: Sequence[Due]) -> dict[UUID, Any]:
    """URL, sealed secret and whether it is open, by endpoint."""
    found = await session.execute(_ENDS, {"ids": list({row.endpoint_id for row in rows})})
    return {row.id: row for row in found}


def due_of(record: asyncpg.Record) -> Due:
    return Due(
        id=record["id"],
        endpoint_id=record["endpoint_id"],
        round_tries=record["round_tries"],
        attempts=_ATTEMPTS.decode(record["attempts_text"]),
        body=record["body"].encode(),
    )


async def settle(
    session: Session,
    *,
    rows: Sequence[tuple[Due, Attempt]],
    statuses: Sequence[DeliveryStatus],
    due_at: Sequence[dt.datetime | None],
) -> None:
    """Writes attempts down; what was held, replayed or ended meanwhile keeps what that made it."""
    kept = [(*row.attempts, attempt)[-ATTEMPTS_KEPT_MAX:] for row, attempt in rows]
    await session.execute(
        _SETTLE,
        {
            "ids": [row.id for row, _ in rows],
            "tries": [row.round_tries + 1 for row, _ in rows],
            "statuses": [status.value for status in statuses],
            "due": list(due_at),
            "attempts": [msgspec.json.encode(each).decode() for each in kept],
        },
    )


async def heard(session: Session, *, endpoint_ids: Sequence[UUID]) -> None:
    """These answered: they fail no more."""
    await session.execute(_HEARD, {"ids": sorted(endpoint_ids)})


async def failed(
    session: Session, *, endpoint_ids: Sequence[UUID], now: dt.datetime
) -> dict[UUID, dt.datetime]:
    """These did not answer; since when each fails."""
    rows = await session.execute(_FAILED, {"ids": sorted(endpoint_ids), "now": now})
    return {row.id: row.failing_since for row in rows}


async def deliveries(
    session: Session,
    *,
    endpoint_id: UUID,
    before: UUID | None,
    limit: int,
) -> list[DeliveryView]:
    """Newest first."""
    values = {"endpoint": endpoint_id, "before": before, "limit": limit}
    return [_delivery(row) for row in await session.execute(_DELIVERIES, values)]


async def replay(
    session: Session, *, endpoint_id: UUID, delivery_id: UUID, now: dt.datetime
) -> DeliveryView | None:
    """It is due again at once, with all its tries; None where there is none."""
    values = {"endpoint": endpoint_id, "id": delivery_id, "now": now}
    row = (await session.execute(_REPLAY, values)).one_or_none()
    return None if row is None else _delivery(row)


def _body(news: News) -> str:
    told = {"type": news.type.value, "timestamp": news.at, "data": news.data}
    return msgspec.json.encode(told).decode()


def _view(row: Any) -> WebhookView:
    return WebhookView(
        id=row.id,
        url=row.url,
        events=[EventType(event) for event in row.events],
        created_at=row.created_at,
        failing_since=row.failing_since,
        paused_at=row.paused_at,
        pause_reason=None if row.pause_reason is None else PauseReason(row.pause_reason),
    )


def _delivery(row: Any) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        type=EventType(row.type),
        status=DeliveryStatus(row.status),
        created_at=row.created_at,
        next_attempt_at=row.due_at,
        attempts=[
            AttemptView(at=each.at, status=each.status, error=each.error, milliseconds=each.ms)
            for each in _ATTEMPTS.decode(row.attempts_text)
        ],
        body=row.body,
    )


_SHOWN: Final = "id, url, events, created_at, failing_since, paused_at, pause_reason"
_LIVING: Final = "organization_id = :organization AND ended_at IS NULL"
_LIST = text(
    f"SELECT {_SHOWN} FROM webhook_endpoints WHERE {_LIVING} ORDER BY id DESC "
    "LIMIT :limit OFFSET :offset"
)
_COUNT = text(f"SELECT count(*) FROM webhook_endpoints WHERE {_LIVING}")
_ONE = text(f"SELECT {_SHOWN} FROM webhook_endpoints WHERE {_LIVING} AND id = :id")
_TROUBLED = text(
    f"SELECT {_SHOWN}, organization_id, (SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries d "
    "WHERE d.endpoint_id = w.id AND d.status IN ('PENDING', 'WAITING') LIMIT 10000) x) AS waiting "
    "FROM webhook_endpoints w WHERE ended_at IS NULL "
    "AND (failing_since IS NOT NULL OR paused_at IS NOT NULL) "
    "ORDER BY coalesce(failing_since, paused_at), id LIMIT :limit"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || :organization, 0))")
_ADD = text(
    "INSERT INTO webhook_endpoints (id, organization_id, url, events, secret, made_by, created_at) "
    "VALUES (:id, :organization, :url, :events, :secret, :by, :now)"
)
_CHANGE = text(
    "UPDATE webhook_endpoints SET url = coalesce(:url, url), "
    "events = coalesce(CAST(:events AS TEXT[]), events) "
    f"WHERE {_LIVING} AND id = :id RETURNING id"
)
_END = text(
    f"UPDATE webhook_endpoints SET ended_at = :now WHERE {_LIVING} AND id = :id RETURNING id"
)
_PAUSE = text(
    "UPDATE webhook_endpoints SET paused_at = :now, pause_reason = :reason "
    "WHERE id = :id AND paused_at IS NULL AND ended_at IS NULL RETURNING organization_id"
)
_RESUME = text(
    "UPDATE webhook_endpoints SET paused_at = NULL, pause_reason = NULL, failing_since = NULL "
    "WHERE id = :id AND paused_at IS NOT NULL AND ended_at IS NULL RETURNING id"
)
_HOLD = text(
    "UPDATE webhook_deliveries SET status = 'WAITING', due_at = NULL "
    "WHERE endpoint_id = :id AND status = 'PENDING'"
)
_RELEASE = text(
    "UPDATE webhook_deliveries SET status = 'PENDING', due_at = :now, round_tries = 0, tries = 0 "
    "WHERE endpoint_id = :id AND status = 'WAITING'"
)
_LISTENS = text(
    "SELECT EXISTS (SELECT 1 FROM unnest(CAST(:organizations AS UUID[]), CAST(:types AS TEXT[])) "
    "x(organization, type) JOIN webhook_endpoints w ON w.organization_id = x.organization "
    "AND w.ended_at IS NULL AND x.type = ANY (w.events))"
)
# Under a lock that a pause waits for: nothing becomes due to what was just paused.
_TO_TELL = text(
    "SELECT w.id, w.paused_at IS NOT NULL AS is_paused, x.type, x.key, x.body, x.at "
    "FROM unnest(CAST(:organizations AS UUID[]), CAST(:types AS TEXT[]), CAST(:keys AS TEXT[]), "
    "CAST(:bodies AS TEXT[]), CAST(:at AS TIMESTAMPTZ[])) x(organization, type, key, body, at) "
    "JOIN webhook_endpoints w ON w.organization_id = x.organization AND w.ended_at IS NULL "
    "AND x.type = ANY (w.events) ORDER BY w.id FOR SHARE OF w"
)
_DELIVER = text(
    "INSERT INTO webhook_deliveries (id, endpoint_id, organization_id, key, type, body, status, "
    "created_at, due_at) "
    "SELECT x.id, x.ends, x.ends, x.key, x.type, x.body, "
    "CASE WHEN x.paused THEN 'WAITING' ELSE 'PENDING' END, x.at, "
    "CASE WHEN x.paused THEN NULL ELSE clock_timestamp() END "
    "FROM unnest(CAST(:ids AS UUID[]), CAST(:ends AS UUID[]), CAST(:paused AS BOOLEAN[]), "
    "CAST(:types AS TEXT[]), CAST(:keys AS TEXT[]), CAST(:bodies AS TEXT[]), "
    "CAST(:at AS TIMESTAMPTZ[])) x(id, ends, paused, type, key, body, at) "
    "ON CONFLICT (endpoint_id, key) DO NOTHING RETURNING id"
)
_ENDS = text(
    "SELECT id, url, secret, ended_at IS NULL AND paused_at IS NULL AS is_open "
    "FROM webhook_endpoints WHERE id = ANY (CAST(:ids AS UUID[]))"
)
_SETTLE = text(
    "UPDATE webhook_deliveries d SET attempts = CAST(x.attempts AS JSONB), "
    "round_tries = CASE WHEN d.status = 'PENDING' THEN x.tries ELSE d.round_tries END, "
    "tries = 0, "
    "due_at = CASE WHEN d.status = 'PENDING' THEN x.due ELSE d.due_at END, "
    "status = CASE WHEN d.status = 'PENDING' OR x.status = 'DELIVERED' THEN x.status "
    "ELSE d.status END "
    "FROM unnest(CAST(:ids AS UUID[]), CAST(:tries AS INTEGER[]), CAST(:statuses AS TEXT[]), "
    "CAST(:due AS TIMESTAMPTZ[]), CAST(:attempts AS TEXT[])) x(id, tries, status, due, attempts) "
    "WHERE d.id = x.id"
)
_HEARD = text(
    "UPDATE webhook_endpoints w SET failing_since = NULL FROM ("
    "SELECT id FROM webhook_endpoints WHERE id = ANY (CAST(:ids AS UUID[])) "
    "AND failing_since IS NOT NULL ORDER BY id FOR NO KEY UPDATE) l WHERE w.id = l.id"
)
_FAILED = text(
    "UPDATE webhook_endpoints w SET failing_since = coalesce(w.failing_since, :now) FROM ("
    "SELECT id FROM webhook_endpoints WHERE id = ANY (CAST(:ids AS UUID[])) "
    "AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE) l WHERE w.id = l.id "
    "RETURNING w.id, w.failing_since"
)
_DELIVERY: Final = "id, type, status, created_at, due_at, attempts::TEXT AS attempts_text, body"
_DELIVERIES = text(
    f"SELECT {_DELIVERY} FROM webhook_deliveries WHERE endpoint_id = :endpoint "
    "AND (CAST(:before AS UUID) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
)
_REPLAY = text(
    "UPDATE webhook_deliveries SET status = 'PENDING', due_at = :now, round_tries = 0, tries = 0, "
    "stuck_at = NULL, stuck_why = NULL WHERE endpoint_id = :endpoint AND id = :id "
    f"RETURNING {_DELIVERY}"
)
