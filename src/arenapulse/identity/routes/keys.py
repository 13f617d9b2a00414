"""HTTP of an organization's API keys."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.identity import queries
from arenapulse.identity.access import SignedIn, SigningDep, StepUpDep
from arenapulse.identity.routes.organizations import Owned
from arenapulse.identity.schemas import KeyBody, KeyMade, KeyView
from arenapulse.identity.service import keys
from arenapulse.runtime.web.deps import Db, Paging, RuntimeDep
from arenapulse.runtime.web.envelope import Envelope, ok, ok_page
from arenapulse.runtime.web.idempotency import OnceDep

router = APIRouter(prefix="/api/v1/organizations/{organization_id}/api-keys", tags=["identity"])


@router.get("")
async def list_keys(organization_id: Owned, session: Db, paging: Paging) -> Envelope[list[KeyView]]:
    """The organization's living keys, newest first; their secrets are shown nowhere again."""
    page = await queries.keys_of(
        session, organization_id=organization_id, page=paging, now=clock.now()
    )
    return ok_page(page, items=page.items)


@router.post("", status_code=201, response_model=Envelope[KeyMade])
async def make_key(
    *,
    body: KeyBody,
    actor: SignedIn,
    organization_id: Owned,
    session: Db,
    runtime: RuntimeDep,
    signing: SigningDep,
    step_up: StepUpDep,
    once: OnceDep,
) -> Response:
    """Makes a key; the answer alone holds it and its signing secret."""
    await signing.require()
    await step_up.require()

    async def work() -> Envelope[KeyMade]:
        return ok(
            await keys.make_key(
                session,
                keyring=runtime.keyring,
                actor=actor,
                organization_id=organization_id,
                body=body,
                now=clock.now(),
            )
        )

    return await once(actor.user_id, work, rights=None, status=201)


@router.delete("/{key_id}")
async def end_key(
    *,
    key_id: UUID,
    organization_id: Owned,
    session: Db,
    signing: SigningDep,
    step_up: StepUpDep,
) -> Envelope[None]:
    """Ends a key for good, within half a second everywhere."""
    await signing.require()
    await step_up.require()
    await keys.end_key(
        session,
        organization_id=organization_id,
        key_id=UserId(key_id),
        now=clock.now(),
    )
    return ok(None)
