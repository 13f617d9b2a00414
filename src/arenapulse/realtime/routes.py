"""GET /api/v1/asyncapi.json: a bare document, beside the one of HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from arenapulse.realtime.asyncapi import document
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.openapi import VERSION

router = APIRouter()


@router.get(f"{API}asyncapi.json", include_in_schema=False)
async def asyncapi_json() -> JSONResponse:
    """Every message of the socket."""
    return JSONResponse(document(version=VERSION))
