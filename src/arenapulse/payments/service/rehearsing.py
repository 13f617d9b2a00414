"""What only the twin can do: a person answers their bank without one."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.ids import OrderId, UserId
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import queries
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.payments.stripe_wire import WireError
from arenapulse.runtime.db import Database


async def authenticate(
    database: Database,
    *,
    user_id: UserId | None,
    order_id: OrderId,
    passes: bool,
    sandbox: SandboxStripe,
    now: dt.datetime,
) -> OrderResponse:
    """The person's answer to 3-D Secure, given to the twin; `user_id` None is an administrator.

    Raises `OrderNotFound`, and `StateForbids` where nobody waits for one. The outcome comes as
    the vendor's does: by a webhook.
    """
    async with database.transaction() as session:
        if user_id is None:
            view = await orders.find_any(session, order_id=order_id, now=now)
        else:
            view = await orders.find_own(session, user_id=user_id, order_id=order_id, now=now)
        intent_id = await queries.waiting_intent(session, order_id=order_id)
    if intent_id is None:
        raise StateForbids
    try:
        await sandbox.authenticate(intent_id, passes=passes)
    except WireError:
        raise StateForbids from None
    return view
