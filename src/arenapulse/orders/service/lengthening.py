"""A hold that lasts longer than the event's: of who was offered their places."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text

from arenapulse.core.ids import OrderId
from arenapulse.runtime.db import Session

_LENGTHEN = text(
    "UPDATE orders SET expires_at = "
    "greatest(expires_at, created_at + make_interval(secs => :seconds)) "
    "WHERE id = :id AND status = 'PENDING' RETURNING expires_at"
)


async def hold_longer(session: Session, *, order_id: OrderId, seconds: int) -> dt.datetime | None:
    """When it ends now; None for an order that is no hold any more."""
    until: dt.datetime | None = await session.scalar(
        _LENGTHEN, {"id": order_id, "seconds": seconds}
    )
    return until
