"""Answers of calm routes whose views are msgspec structs: encoded once, in the envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from fastapi.responses import Response

from arenapulse.core.paging import Page

_ENCODER: Final = msgspec.json.Encoder()
_JSON: Final = "application/json"


def answer(view: msgspec.Struct, *, status: int = 200) -> Response:
    body = _ENCODER.encode({"success": True, "data": view})
    return Response(body, status_code=status, media_type=_JSON)


def answer_page(page: Page[Any], *, items: Sequence[msgspec.Struct]) -> Response:
    request = page.request
    meta = {"page": request.page, "limit": request.limit, "total": page.total}
    body = _ENCODER.encode({"success": True, "data": items, "meta": meta})
    return Response(body, media_type=_JSON)


def documented(schema: str, *, status: int = 200, is_list: bool = False) -> dict[int | str, Any]:
    """The `responses=` of such a route, for the OpenAPI document; `schema` names a component."""
    reference: dict[str, Any] = {"$ref": f"#/components/schemas/{schema}"}
    data = {"type": "array", "items": reference} if is_list else reference
    envelope = {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": True}, "data": data, "meta": {"type": "object"}},
    }
    return {status: {"description": "OK", "content": {_JSON: {"schema": envelope}}}}
