"""HTTP for flags."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from arenapulse.flags import service
from arenapulse.flags.schemas import FlagsBody, FlagsView
from arenapulse.flags.switches import Switches
from arenapulse.identity.access import SignedInPerson
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix=API + "admin/flags", tags=["administration"])


@router.get("")
async def read_flags(*, actor: SignedInPerson, session: Db) -> Envelope[FlagsView]:
    """Every switch, how it stands, and for whom; ADMIN."""
    return ok(await service.read(session, actor=actor))


@router.put("")
async def change_flags(
    *,
    actor: SignedInPerson,
    session: Db,
    body: FlagsBody,
    switches: Annotated[Switches, Depends(provided(Switches))],
) -> Envelope[FlagsView]:
    """Sets those that are named; every process obeys within a second; ADMIN."""
    changed = await service.change(session, actor=actor, body=body)
    session.after_commit(switches.read)
    return ok(changed)
