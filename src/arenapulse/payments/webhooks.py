"""The vendor's news over HTTP: judged by its signature on the raw body, not by a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from arenapulse.core import clock
from arenapulse.payments import service
from arenapulse.payments.schemas import Received
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["webhooks"])


@dataclass(frozen=True)
class WebhookSecrets:
    """Several while one replaces another."""

    values: tuple[str, ...]


Secrets = Annotated[WebhookSecrets, Depends(provided(WebhookSecrets))]


@router.post("/webhooks/stripe")
async def stripe(request: Request, session: Db, secrets: Secrets) -> Envelope[Received]:
    """Each event is kept once, whatever its order; the work is a job's."""
    letter = service.Letter(await request.body(), request.headers.get("stripe-signature", ""))
    await service.receive_events(session, letters=[letter], secrets=secrets.values, now=clock.now())
    return ok(Received())
