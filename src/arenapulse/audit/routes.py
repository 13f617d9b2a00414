"""HTTP of the audit log: all of it for ADMIN, an organization's for its owners."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from arenapulse.audit import queries
from arenapulse.audit.schemas import AuditEntry
from arenapulse.core.errors import Forbidden
from arenapulse.core.ids import OrganizationId
from arenapulse.identity.access import SignedIn, require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.schemas import Role
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, Meta

router = APIRouter(prefix="/api/v1", tags=["audit"])

SHOWN_MAX: Final = 100
EXPORTED_MAX: Final = 10_000
CURSOR_MAX: Final = 2**62

Cursor = Annotated[int | None, Query(ge=1, le=CURSOR_MAX)]
Limit = Annotated[int, Query(ge=1, le=SHOWN_MAX)]


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
    session: Db, cursor: Cursor = None, limit: Limit = 50
) -> Envelope[list[AuditEntry]]:
    """What was changed that matters, by whom and from where, newest first; ADMIN."""
    return await _page(session, organization_id=None, cursor=cursor, limit=limit)


@router.get("/admin/audit/export.csv", dependencies=[Depends(everything)])
async def export_all(session: Db, cursor: Cursor = None) -> Response:
    """The newest 10,000 lines as a file, or those before `cursor`; ADMIN."""
    return await _file(session, organization_id=None, cursor=cursor)


@router.get("/organizations/{organization_id}/audit")
async def read_organization(
    organization_id: Owned, session: Db, cursor: Cursor = None, limit: Limit = 50
) -> Envelope[list[AuditEntry]]:
    """What was changed in the organization, newest first; OWNER."""
    return await _page(session, organization_id=organization_id, cursor=cursor, limit=limit)


@router.get("/organizations/{organization_id}/audit/export.csv")
async def export_organization(
    organization_id: Owned, session: Db, cursor: Cursor = None
) -> Response:
    """The newest 10,000 lines as a file, or those before `cursor`; OWNER."""
    return await _file(session, organization_id=organization_id, cursor=cursor)


async def _page(
    session: Db, *, organization_id: OrganizationId | None, cursor: int | None, limit: int
) -> Envelope[list[AuditEntry]]:
    found = await queries.entries(
        session, organization_id=organization_id, before=cursor, limit=limit + 1
    )
    shown = found[:limit]
    following = str(shown[-1].id) if len(found) > limit else None
    return Envelope(data=shown, meta=Meta(next_cursor=following))


async def _file(
    session: Db, *, organization_id: OrganizationId | None, cursor: int | None
) -> Response:
    found = await queries.entries(
        session, organization_id=organization_id, before=cursor, limit=EXPORTED_MAX
    )
    return Response(
        queries.table(found),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )
