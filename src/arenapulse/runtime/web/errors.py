"""Every exception becomes an answer in the envelope; none shows its insides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from arenapulse.core.errors import (
    Invalid,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    Refusal,
    SystemFault,
)
from arenapulse.runtime.db import as_unavailable
from arenapulse.runtime.web.envelope import refusal_bytes
from arenapulse.runtime.web.hot import HotTable
from arenapulse.runtime.web.refusing import Refusals

DETAILS_MAX = 50
PAGES: Final = "/{path:path}"
"""The web app's paths, which take whatever no other route does."""
JSON: Final = "application/json"


def response_for(refusal: Refusal) -> Response:
    headers: dict[str, str] = {}
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        refusal_bytes(refusal), status_code=refusal.status, media_type=JSON, headers=headers
    )


def invalid_from(errors: Sequence[Any]) -> Refusal:
    """One refusal from pydantic's error list, `field` a dotted path within the body or query."""
    if any(error.get("type") == "json_invalid" for error in errors):
        return MalformedBody()
    details = [
        {"field": _field(error["loc"]), "message": error["msg"]} for error in errors[:DETAILS_MAX]
    ]
    return Invalid(details=details)


def _field(place: Sequence[object]) -> str:
    """A dotted path; what stands in the URL's path has our own name for it."""
    named = ".".join(str(part) for part in place[1:])
    return to_camel(named) if place and place[0] == "path" else named


def install(app: FastAPI, *, hot: HotTable, refusals: Refusals) -> None:
    async def on_refusal(request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        path = getattr(request.scope.get("route"), "path", PAGES)
        await refusals.note(refusal, method=request.method, path=path)
        return response_for(refusal)

    async def on_invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return response_for(invalid_from(error.errors()))

    calm = _CalmMethods(app)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code not in {404, 405}:
            return response_for(_REFUSALS.get(error.status_code, SystemFault)())
        path: str = request.scope["path"]
        allowed = hot.methods(path) | calm.methods(path)
        if not allowed or request.method in allowed:
            return response_for(NotFound())
        answer = response_for(MethodNotAllowed())
        heads = {"HEAD"} if "GET" in allowed else set[str]()
        answer.headers["Allow"] = ", ".join(sorted(allowed | heads))
        return answer

    async def on_left(_request: Request, _error: Exception) -> Response:
        # Counted as what it is, a body that is none, though nobody is there to read it.
        return response_for(MalformedBody("The body ended early."))

    async def on_anything_else(_request: Request, error: Exception) -> Response:
        # Starlette sends this and raises the error again; the edge logs it there.
        return response_for(as_unavailable(error) or SystemFault())

    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(ClientDisconnect, on_left)
    app.add_exception_handler(Exception, on_anything_else)


_REFUSALS: Final[dict[int, Callable[[], Refusal]]] = {400: MalformedBody}


class _CalmMethods:
    """Which methods a path takes, over all its routes; the router tells of the first alone."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._known: list[tuple[re.Pattern[str], set[str]]] = []

    def methods(self, path: str) -> set[str]:
        if not self._known:
            self._known = [
                (compile_path(context.path)[0], context.methods)
                for context in iter_route_contexts(self._app.routes)
                if context.path and context.methods and context.path != PAGES
            ]
        found = [methods for pattern, methods in self._known if pattern.match(path)]
        return set[str]().union(*found)
