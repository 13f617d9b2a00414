"""What became of an order."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from arenapulse.activity import service
from arenapulse.activity.schemas import ActivityEntry
from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.identity.access import SignedIn
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok

router = APIRouter(prefix="/api/v1", tags=["orders"])


@router.get("/orders/{order_id}/activity")
async def read_activity(
    order_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[ActivityEntry]]:
    """What became of an order, the oldest first: for its buyer and for STAFF and up."""
    return ok(await service.read(session, actor=actor, order_id=OrderId(order_id), now=clock.now()))
