"""Delivers what is due; an endpoint that is slow or away is asked by one call at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core import clock
from arenapulse.identity import queries as identity_queries
from arenapulse.notifications.service import tell
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.due import Again, DueLimits, Kind
from arenapulse.webhooks import queries, signature
from arenapulse.webhooks.outbound import CALL_SECONDS_MAX, Caller
from arenapulse.webhooks.schemas import Attempt, Due
from arenapulse.webhooks.terms import (
    DELIVER_TASK,
    FAILING_MAX,
    RETRY_SECONDS,
    SEALED_FOR,
    DeliveryStatus,
    PauseReason,
    secret_place,
)

AT_ONCE_MAX: Final = 8
"""Calls to one endpoint in a process, while it answers in time."""
UNPROVEN_MAX: Final = 48
"""Calls at once to those that did not, and that nobody knows: the rest is for those that do."""
SLOW_MILLISECONDS: Final = 1_000
REST_SECONDS_MAX: Final = 30.0
KNOWN_MAX: Final = 10_000


@dataclass(slots=True)
class _Manners:
    """How an endpoint behaved lately, as this process knows it."""

    running: int = 0
    failures: int = 0
    is_proven: bool | None = None
    """Whether it answered in time when it was called last; None was never called."""
    rests_until: float = 0.0

    @property
    def at_once(self) -> int:
        return 1 if self.is_proven is False else AT_ONCE_MAX


class Delivering(Kind[Due, Attempt]):
    name = DELIVER_TASK
    table = queries.DELIVERIES
    limits = DueLimits(running_max=64, tenant_max=AT_ONCE_MAX, call_seconds=CALL_SECONDS_MAX + 5)

    def __init__(
        self,
        *,
        caller: Caller,
        keyring: Keyring,
        base_url: str,
        rest_seconds_max: float = REST_SECONDS_MAX,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        self._caller = caller
        self._keyring = keyring
        self._base_url = base_url
        self._rest_seconds_max = rest_seconds_max
        self._now = now
        self._manners: dict[UUID, _Manners] = {}
        self._unproven = 0

    def read(self, record: asyncpg.Record) -> Due:
        return queries.due_of(record)

    async def load(self, session: Session, rows: Sequence[Due]) -> Sequence[Due]:
        if not rows:
            return rows
        ends = await queries.due_with_endpoints(session, rows=rows)
        return [
            replace(row, url=end.url, secret=bytes(end.secret), is_open=end.is_open)
            for row in rows
            for end in (ends[row.endpoint_id],)
        ]

    def at_rest(self) -> list[UUID]:
        """Endpoints that answer slowly or not at all, while they have their one call or none."""
        now = clock.monotonic_seconds()
        return [
            endpoint_id
            for endpoint_id, manners in self._manners.items()
            if manners.rests_until > now or self._is_busy(manners)
        ]

    def _is_busy(self, manners: _Manners) -> bool:
        is_crowded = not manners.is_proven and self._unproven >= UNPROVEN_MAX
        return is_crowded or manners.running >= manners.at_once

    async def work(self, row: Due) -> Attempt:
        if not row.is_open:
            return Attempt(at=self._now(), ms=0, error="paused")
        manners = self._of(row.endpoint_id)
        wait = manners.rests_until - clock.monotonic_seconds()
        if wait > 0 or self._is_busy(manners):
            raise Again("its endpoint rests", after=dt.timedelta(seconds=max(wait, 1.0)))
        unproven = 0 if manners.is_proven else 1
        manners.running += 1
        self._unproven += unproven
        try:
            attempt = await self._caller.post(row.url, body=row.body, headers=self._headers(row))
        finally:
            manners.running -= 1
            self._unproven -= unproven
        self._learn(manners, attempt)
        return attempt

    async def settle(self, session: Session, answers: Sequence[tuple[Due, Attempt]]) -> None:
        now = self._now()
        called = [(row, attempt) for row, attempt in answers if row.is_open]
        ends = [_end(row, attempt, now=now) for row, attempt in called]
        heard = {row.endpoint_id for row, attempt in called if attempt.is_heard}
        # The endpoints first, in id order, as whoever pauses one does.
        if heard:
            await queries.heard(session, endpoint_ids=list(heard))
        unheard = {row.endpoint_id for row, _ in called} - heard
        since = await queries.failed(session, endpoint_ids=list(unheard), now=now)
        await queries.settle(
            session,
            rows=called,
            statuses=[status for status, _ in ends],
            due_at=[due_at for _, due_at in ends],
        )
        gone = {row.endpoint_id for row, attempt in called if attempt.is_gone}
        for endpoint_id, failing_since in sorted(since.items()):
            if endpoint_id in gone:
                await self._pause(session, endpoint_id, reason=PauseReason.GONE, now=now)
            elif failing_since <= now - FAILING_MAX:
                await self._pause(session, endpoint_id, reason=PauseReason.FAILING, now=now)
        # Paused or ended while we held it: it waits with the others.
        for endpoint_id in {row.endpoint_id for row, _ in answers if not row.is_open}:
            await queries.hold(session, endpoint_id=endpoint_id)

    async def _pause(
        self, session: Session, endpoint_id: UUID, *, reason: PauseReason, now: dt.datetime
    ) -> None:
        """Its owners are told."""
        organization_id = await queries.pause(
            session, endpoint_id=endpoint_id, reason=reason, now=now
        )
        if organization_id is None:
            return
        found = await queries.endpoint(
            session, organization_id=organization_id, endpoint_id=endpoint_id
        )
        assert found is not None
        people = await identity_queries.owners_of(session, organization_id=organization_id)
        name = await identity_queries.organization_name(session, organization_id=organization_id)
        for user_id, contact in (await identity_queries.contacts(session, user_ids=people)).items():
            await tell(
                session,
                template="webhook_paused",
                to=replace(contact.to, phone=None),
                values={
                    "name": contact.to.name,
                    "organization": name,
                    "receiver": found.url,
                    "url": f"{self._base_url}/organizer/{organization_id}/settings/webhooks",
                },
                key=f"webhook-paused:{endpoint_id}:{now.isoformat()}:{user_id}",
            )

    def _headers(self, row: Due) -> dict[str, str]:
        at_unix = int(self._now().timestamp())
        secret = self._keyring.open(
            row.secret, purpose=SEALED_FOR, bound_to=secret_place(row.endpoint_id)
        )
        signed = signature.sign(secret, message_id=str(row.id), at_unix=at_unix, body=row.body)
        return {
            "content-type": "application/json",
            "user-agent": "ArenaPulse-Webhooks",
            "webhook-id": str(row.id),
            "webhook-timestamp": str(at_unix),
            "webhook-signature": signed,
        }

    def _of(self, endpoint_id: UUID) -> _Manners:
        if endpoint_id not in self._manners and len(self._manners) >= KNOWN_MAX:
            self._manners = {k: v for k, v in self._manners.items() if v.running}
        return self._manners.setdefault(endpoint_id, _Manners())

    def _learn(self, manners: _Manners, attempt: Attempt) -> None:
        manners.is_proven = attempt.is_heard and attempt.ms <= SLOW_MILLISECONDS
        if attempt.is_heard:
            manners.failures, manners.rests_until = 0, 0.0
            return
        manners.failures = min(manners.failures + 1, 10)
        rest = min(2 ** (manners.failures - 1), self._rest_seconds_max)
        manners.rests_until = clock.monotonic_seconds() + rest


def _end(
    row: Due, attempt: Attempt, *, now: dt.datetime
) -> tuple[DeliveryStatus, dt.datetime | None]:
    """What it is now, and when it is tried again."""
    if attempt.is_heard:
        return DeliveryStatus.DELIVERED, None
    if row.round_tries >= len(RETRY_SECONDS):
        return DeliveryStatus.FAILED, None
    wait = dt.timedelta(seconds=RETRY_SECONDS[row.round_tries])
    return DeliveryStatus.PENDING, now + wait
