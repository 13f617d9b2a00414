"""What routes ask for: the person behind the request, and their role."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Refusal, TooManyRequests
from arenapulse.core.ids import OrganizationId
from arenapulse.identity import queries
from arenapulse.identity.access.verifier import Access
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.db import Session, acting
from arenapulse.runtime.ratelimit import Decision
from arenapulse.runtime.web.app import classify
from arenapulse.runtime.web.deps import RuntimeDep
from arenapulse.runtime.web.edge import RATE_STATE
from arenapulse.runtime.web.provided import taken


async def require_role(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    at_least: Role,
    hidden: type[Refusal],
) -> Role:
    """The actor's role, read in the caller's transaction.

    Raises `hidden` for who is no member (or where there is no organization), `Forbidden` for a
    member below `at_least`. ADMIN counts as OWNER.
    """
    role = await queries.role_of(session, actor=actor, organization_id=organization_id)
    if role is None:
        raise hidden
    if not role.covers(at_least):
        raise Forbidden
    return role


def access_of(request: Request) -> Access:
    return taken(request, Access)


_bearer = HTTPBearer(scheme_name="bearer", bearerFormat="JWT", auto_error=False)
# For the OpenAPI document: the operation says that it takes the token.
_Documented = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def authorization(request: Request) -> bytes | None:
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return None


async def holder(request: Request, runtime: RuntimeDep, _documented: _Documented) -> Actor:
    """Anybody with a token, a visitor who holds places included."""
    actor = await access_of(request).authenticate_header(authorization(request))
    acting.set(actor.user_id)
    kind = classify(request.method, request.scope["path"], request.scope["query_string"])
    if kind is not None:
        rate = runtime.limiter.by_account(kind, actor.user_id, now_seconds=clock.unix_seconds())
        show_rate(request, rate)
        if not rate.allowed:
            raise TooManyRequests(retry_after_seconds=rate.reset_seconds)
    return actor


async def signed_in(actor: Annotated[Actor, Depends(holder)]) -> Actor:
    """Anybody but a visitor, who may hold and nothing else; raises `Forbidden`."""
    if actor.is_guest:
        raise Forbidden
    return actor


async def guest(actor: Annotated[Actor, Depends(holder)]) -> Actor:
    """A visitor's token alone; raises `Forbidden`."""
    if not actor.is_guest:
        raise Forbidden
    return actor


async def person(actor: Annotated[Actor, Depends(signed_in)]) -> Actor:
    """What a person does for themselves is no key's business; raises `Forbidden`."""
    if actor.key is not None:
        raise Forbidden
    return actor


async def visitor(request: Request, runtime: RuntimeDep, documented: _Documented) -> Actor | None:
    if authorization(request) is None:
        return None
    actor = await holder(request, runtime, documented)
    return None if actor.is_guest else actor


def show_rate(request: Request, rate: Decision) -> None:
    """Puts the tighter of two limits into the answer's headers."""
    shown: Decision | None = request.scope.get(RATE_STATE)
    if shown is None or not rate.allowed or rate.remaining < shown.remaining:
        request.scope[RATE_STATE] = rate


Holder = Annotated[Actor, Depends(holder)]
Guest = Annotated[Actor, Depends(guest)]
SignedIn = Annotated[Actor, Depends(signed_in)]
SignedInPerson = Annotated[Actor, Depends(person)]
Visitor = Annotated[Actor | None, Depends(visitor)]
