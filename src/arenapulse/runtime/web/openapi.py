"""One OpenAPI 3.1 document for calm and hot endpoints, and the page that shows it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import ErrorEnvelope
from arenapulse.runtime.web.hot import HotTable

VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/{name}"


def document(app: FastAPI, *, hot: HotTable) -> dict[str, Any]:
    """The whole document; `hot` routes are merged in, every error is the error envelope."""
    made = get_openapi(
        title="ArenaPulse",
        version=VERSION,
        openapi_version="3.1.0",
        summary="Tickets that never oversell, live.",
        routes=[r for r in app.routes if getattr(r, "path", "").startswith(API)],
    )
    schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
    types = sorted({t for route in hot.routes for t in route.schemas}, key=lambda t: t.__name__)
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    schemas.update(components)
    schemas.update(_error_schemas())
    for route in hot.routes:
        made["paths"].setdefault(route.path, {})[route.method.lower()] = dict(route.operation)
    for item in made["paths"].values():
        for operation in item.values():
            _errors_are_envelopes(operation)
    made["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return made


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
