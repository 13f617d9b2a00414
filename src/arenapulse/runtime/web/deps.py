"""What routes ask for: the runtime, a session with the one commit, idempotency, versions, pages.

Each is asynchronous though it waits for nothing: FastAPI runs others in threads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import Depends, Header, Query, Request

from arenapulse.core.errors import ANY_VERSION
from arenapulse.core.paging import (
    PAGE_LIMIT_DEFAULT,
    PAGE_LIMIT_MAX,
    PAGE_NUMBER_MAX,
    PageRequest,
)
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.db import SERVICE, Session
from arenapulse.runtime.reads import Reads

NO_VERSION = -1
ANY: Final = "*"
"""`If-Match` of who wants whatever is there (RFC 9110)."""


async def runtime_of(request: Request) -> Runtime:
    found: Runtime = request.app.state.runtime
    return found


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]


async def session_of(runtime: RuntimeDep) -> AsyncGenerator[Session, None]:
    async with runtime.database.transaction() as session:
        yield session


# scope="function": the commit is done before the answer leaves; the default comes after it.
Db = Annotated[Session, Depends(session_of, scope="function")]


async def service_session_of(runtime: RuntimeDep) -> AsyncGenerator[Session, None]:
    async with runtime.database.transaction(actor=SERVICE) as session:
        yield session


# For who is known by what they bring along instead of a token: a vendor's signature, a code.
ServiceDb = Annotated[Session, Depends(service_session_of, scope="function")]


async def reads_of(runtime: RuntimeDep) -> Reads:
    return runtime.reads


# For what may be a moment old: never rights, holds, orders or money.
ReadsDep = Annotated[Reads, Depends(reads_of)]


async def page_of(
    page: Annotated[int, Query(ge=1, le=PAGE_NUMBER_MAX)] = 1,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT_MAX)] = PAGE_LIMIT_DEFAULT,
) -> PageRequest:
    return PageRequest(page=page, limit=limit)


Paging = Annotated[PageRequest, Depends(page_of)]


async def given_version_of(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version in `If-Match`, None without one or for any, one that no row has if malformed.

    For services that judge rights and existence first and only then the version.
    """
    return _version(if_match)


async def needed_version_of(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The same where a version has to be named; `ANY_VERSION` for whichever there is."""
    is_any = if_match is not None and if_match.strip() == ANY
    return ANY_VERSION if is_any else _version(if_match)


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == ANY:
        return None
    bare = if_match.strip().removeprefix("W/").strip('"')
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 9 else NO_VERSION


GivenVersion = Annotated[int | None, Depends(given_version_of)]
NeededVersion = Annotated[int | None, Depends(needed_version_of)]
