"""Second chances: a message once more, an address let go again."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.notifications import queries
from arenapulse.notifications.service.posting import Carriers
from arenapulse.notifications.service.telling import SEND_TASK
from arenapulse.notifications.terms import Channel
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue

LIFT_TASK: Final = "notifications.lift_at_vendor"


async def repeat(
    session: Session,
    *,
    order_id: OrderId,
    message_id: UUID,
    new_message_id: UUID,
    now: dt.datetime,
) -> bool:
    """The same message as a new one; False for one that cannot be repeated."""
    made = await queries.repeat(
        session,
        order_id=order_id,
        message_id=message_id,
        new_id=new_message_id,
        key=f"again:{new_message_id}",
        now=now,
    )
    if made:
        await enqueue(session, SEND_TASK, dedupe_key=SEND_TASK)
    return made


async def lift(
    session: Session,
    *,
    organization_id: OrganizationId,
    suppression_id: UUID,
    now: dt.datetime,
    for_all: bool = False,
) -> Channel | None:
    """Lets an address be written to again; its vendor hears by a job. None as `queries.lift`."""
    channel = await queries.lift(
        session,
        organization_id=organization_id,
        suppression_id=suppression_id,
        for_all=for_all,
        now=now,
    )
    if channel is not None:
        await enqueue(session, LIFT_TASK, payload={"suppression_id": suppression_id})
    return channel


async def lift_at_vendor(database: Database, *, suppression_id: UUID, carriers: Carriers) -> None:
    """Raises what the carrier raises: the job comes again."""
    async with database.transaction() as session:
        found = await queries.lifted(session, suppression_id=suppression_id)
    if found is None:
        return
    channel, address = found
    for carrier in carriers.of(channel):
        await carrier.forget(address)
    async with database.transaction() as session:
        await queries.end_lifting(session, suppression_id=suppression_id)
