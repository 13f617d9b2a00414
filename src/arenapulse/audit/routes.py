"""HTTP of the audit log: all of it for ADMIN, an organization's for its owners."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from arenapulse.audit import service
from arenapulse.audit.schemas import AuditEntry, ChainView, Sought
from arenapulse.core.errors import Forbidden
from arenapulse.core.ids import OrganizationId
from arenapulse.flags.switches import while_on
from arenapulse.flags.terms import EXPORTS
from arenapulse.identity.access import SignedIn, StepUpDep, require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.schemas import Role
from arenapulse.runtime.web.deps import Db, RuntimeDep
from arenapulse.runtime.web.envelope import Envelope, Meta, Moment, ok

router = APIRouter(prefix="/api/v1", tags=["audit"])

SHOWN_MAX: Final = 100
EXPORTED_MAX: Final = 10_000
CURSOR_MAX: Final = 2**62

Cursor = Annotated[int | None, Query(ge=1, le=CURSOR_MAX)]
Limit = Annotated[int, Query(ge=1, le=SHOWN_MAX)]


async def filters(
    *,
    action: Annotated[str | None, Query(max_length=64, pattern=r"^[a-z][a-z0-9_.]*$")] = None,
    actor_id: Annotated[UUID | None, Query(alias="actorId")] = None,
    subject_id: Annotated[UUID | None, Query(alias="subjectId")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Sought:
    """`action` is a word or, ending in a dot, its beginning; `from` and `to` bound the time."""
    return Sought(action=action, actor_id=actor_id, subject_id=subject_id, since=since, until=until)


Filters = Annotated[Sought, Depends(filters)]


async def everything(actor: SignedIn) -> None:
    """For ADMIN alone; raises `Forbidden`."""
    if not actor.is_admin:
        raise Forbidden


async def owned(organization_id: UUID, actor: SignedIn, session: Db) -> OrganizationId:
    """An organization that the actor administers; 404 for strangers, 403 for other members."""
    found = OrganizationId(organization_id)
    await require_role(
        session,
        actor=actor,
        organization_id=found,
        at_least=Role.OWNER,
        hidden=UnknownOrganization,
    )
    return found


Owned = Annotated[OrganizationId, Depends(owned)]


@router.get("/admin/audit", dependencies=[Depends(everything)])
async def read_all(
    session: Db, filters: Filters, cursor: Cursor = None, limit: Limit = 50
) -> Envelope[list[AuditEntry]]:
    """What was changed that matters, by whom and from where, newest first; ADMIN."""
    return await _page(session, sought=filters, cursor=cursor, limit=limit)


@router.get(
    "/admin/audit/export.csv",
    response_class=Response,
    dependencies=[while_on(EXPORTS), Depends(everything)],
)
async def export_all(
    session: Db, filters: Filters, step_up: StepUpDep, cursor: Cursor = None
) -> Response:
    """The newest 10,000 lines as a file, or those before `cursor`; ADMIN."""
    await step_up.require()
    return await _file(session, sought=filters, cursor=cursor)


@router.get("/admin/audit/chain", dependencies=[Depends(everything)])
async def judge_chain(runtime: RuntimeDep) -> Envelope[ChainView]:
    """Whether the last 50,000 lines are as they were written; ADMIN."""
    return ok(await service.judge(runtime.database))


@router.get("/organizations/{organization_id}/audit")
async def read_organization(
    organization_id: Owned, session: Db, filters: Filters, cursor: Cursor = None, limit: Limit = 50
) -> Envelope[list[AuditEntry]]:
    """What was changed in the organization, newest first; OWNER."""
    own = replace(filters, organization_id=organization_id)
    return await _page(session, sought=own, cursor=cursor, limit=limit)


@router.get(
    "/organizations/{organization_id}/audit/export.csv",
    response_class=Response,
    dependencies=[while_on(EXPORTS)],
)
async def export_organization(
    organization_id: Owned,
    session: Db,
    filters: Filters,
    step_up: StepUpDep,
    cursor: Cursor = None,
) -> Response:
    """The newest 10,000 lines as a file, or those before `cursor`; OWNER."""
    await step_up.require()
    own = replace(filters, organization_id=organization_id)
    return await _file(session, sought=own, cursor=cursor)


async def _page(
    session: Db, *, sought: Sought, cursor: int | None, limit: int
) -> Envelope[list[AuditEntry]]:
    found = await service.read(session, sought=sought, before=cursor, limit=limit + 1)
    shown = found[:limit]
    following = str(shown[-1].id) if len(found) > limit else None
    return Envelope(data=shown, meta=Meta(next_cursor=following))


async def _file(session: Db, *, sought: Sought, cursor: int | None) -> Response:
    return Response(
        await service.file(session, sought=sought, before=cursor, limit=EXPORTED_MAX),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )
