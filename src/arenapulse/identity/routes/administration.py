"""HTTP of the administration of people and of organizations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from arenapulse.core.errors import Forbidden
from arenapulse.core.ids import UserId
from arenapulse.identity.access import SignedIn, StepUpDep
from arenapulse.identity.routes.organizations import DeskDep
from arenapulse.identity.schemas import Actor
from arenapulse.identity.schemas.administration import HouseView, PersonChange, PersonView
from arenapulse.identity.service import administering
from arenapulse.runtime.web.deps import Db, Paging
from arenapulse.runtime.web.envelope import Envelope, Text, ok, ok_page

router = APIRouter(prefix="/api/v1/admin", tags=["administration"])

Q_LENGTH_MAX = 100


async def admin(actor: SignedIn) -> Actor:
    if not actor.is_admin:
        raise Forbidden
    return actor


Admin = Annotated[Actor, Depends(admin)]


@router.get("/users")
async def find_people(
    _admin: Admin,
    session: Db,
    paging: Paging,
    q: Annotated[Text, Query(max_length=Q_LENGTH_MAX)] = "",
) -> Envelope[list[PersonView]]:
    """People whose e-mail or name has it in it."""
    page = await administering.people(session, q=q, page=paging)
    return ok_page(page, items=page.items)


@router.patch("/users/{user_id}")
async def change_person(
    *,
    user_id: UUID,
    body: PersonChange,
    actor: Admin,
    session: Db,
    desk: DeskDep,
    step_up: StepUpDep,
) -> Envelope[PersonView]:
    """Disables or enables somebody, gives or takes ADMIN; it bites within a second."""
    await step_up.require()
    return ok(
        await administering.change(
            session, desk=desk, actor=actor, user_id=UserId(user_id), wanted=body
        )
    )


@router.get("/organizations")
async def find_organizations(
    _admin: Admin,
    session: Db,
    paging: Paging,
    q: Annotated[Text, Query(max_length=Q_LENGTH_MAX)] = "",
) -> Envelope[list[HouseView]]:
    """Organizations whose name has it in it, with who owns them; ADMIN."""
    page = await administering.houses(session, q=q, page=paging)
    return ok_page(page, items=page.items)
