"""One OpenAPI 3.1 document for calm and hot endpoints."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.security.base import SecurityBase

from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import ErrorEnvelope
from arenapulse.runtime.web.hot import HotTable
from arenapulse.runtime.web.idempotency import once_of

VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/{name}"
ABOUT: Final = """
Every JSON answer is `{success, data?, error?: {code, message, details?}, meta?}`. Times are RFC
3339 in UTC, money is whole minor units beside its `currency`. Lists take `page` and `limit`,
feeds `cursor`, with `meta.nextCursor` for the next page.

Every answer has `X-Request-Id`, yours or ours. Those of limited endpoints have `RateLimit-Limit`,
`RateLimit-Remaining` and `RateLimit-Reset` in seconds; 429 and 503 have `Retry-After`. What has a
version has it as `ETag`, and takes it as `If-Match`: of another version is 412, and PATCH of venues
and events without it 428. An answer that an `Idempotency-Key` had before has
`Idempotent-Replayed: true`. Every GET answers HEAD alike.
"""
IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body again give the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document(app: FastAPI, *, hot: HotTable) -> dict[str, Any]:
    """The whole document; `hot` routes are merged in, every error is the error envelope."""
    calm = [c for c in iter_route_contexts(app.routes) if (c.path or "").startswith(API)]
    made = get_openapi(
        title="ArenaPulse",
        version=VERSION,
        openapi_version="3.1.0",
        summary="Tickets that never oversell, live.",
        description=ABOUT.strip(),
        routes=calm,
    )
    paths: dict[str, dict[str, Any]] = made["paths"]
    for context in calm:
        for method in context.methods or ():
            operation = paths.get(context.path_format or "", {}).get(method.lower())
            if operation is not None:
                _complete(operation, context)
    schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
    kinds = sorted({t for route in hot.routes for t in route.schemas}, key=lambda t: t.__name__)
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    assert not components.keys() & schemas.keys(), "two schemas have one name"
    schemas.update(components)
    schemas.update(_error_schemas())
    for route in hot.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = dict(route.operation)
    for item in paths.values():
        for operation in item.values():
            _errors_are_envelopes(operation)
    made["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return made


def _complete(operation: dict[str, Any], context: RouteContext) -> None:
    """What FastAPI cannot know: a first line as the summary, optional tokens, keys."""
    told = inspect.cleandoc(operation.pop("description", "")).split("\n\n", 1)
    if told[0]:
        operation["summary"] = told[0].replace("\n", " ").removesuffix(".")
    if len(told) > 1:
        operation["description"] = told[1]
    asked = list(_below(context.dependant))
    if any(need.call is once_of for need in asked):
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    guards = [need for need in asked if any(_is_scheme(child) for child in need.dependencies)]
    if guards and all(_may_give_none(guard) for guard in guards):
        operation["security"] = [{}, {"bearer": []}]


def _below(dependant: Dependant) -> Iterator[Dependant]:
    for need in dependant.dependencies:
        yield need
        yield from _below(need)


def _is_scheme(dependant: Dependant) -> bool:
    return isinstance(dependant.call, SecurityBase)


def _may_give_none(dependant: Dependant) -> bool:
    assert dependant.call is not None
    gives = typing.get_type_hints(dependant.call).get("return")
    return types.NoneType in typing.get_args(gives)


def _error_schemas() -> dict[str, Any]:
    schema = ErrorEnvelope.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "ErrorEnvelope": schema}


def _errors_are_envelopes(operation: dict[str, Any]) -> None:
    answers: dict[str, Any] = operation.setdefault("responses", {})
    answers.pop("422", None)
    answers["default"] = {
        "description": "A refusal, in the envelope; clients switch on `error.code`.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}},
    }


def install(app: FastAPI, *, hot: HotTable) -> None:
    made: dict[str, Any] = {}

    async def openapi_json() -> JSONResponse:
        if not made:
            made.update(document(app, hot=hot))
        return JSONResponse(made)

    app.add_api_route(f"{API}openapi.json", openapi_json, methods=["GET"], include_in_schema=False)
