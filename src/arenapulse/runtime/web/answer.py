"""Answers of calm routes whose views are msgspec structs: encoded once, in the envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from fastapi.responses import Response
from pydantic_core import to_jsonable_python

from arenapulse.core.paging import Page
from arenapulse.runtime.priority import briefly

_ENCODER: Final = msgspec.json.Encoder()
# Slices say what they keep by whichever types they have; what is no JSON yet, as pydantic says it.
_APART: Final = msgspec.json.Encoder(enc_hook=to_jsonable_python)
_JSON: Final = "application/json"


def answer(view: msgspec.Struct, *, status: int = 200) -> Response:
    body = _ENCODER.encode({"success": True, "data": view})
    return Response(body, status_code=status, media_type=_JSON)


async def answer_apart(data: Mapping[str, object]) -> Response:
    """Of what is kept about somebody, which may be thousands of things: written in a thread."""
    body = await briefly(_APART.encode, {"success": True, "data": data})
    return Response(body, media_type=_JSON)


def answer_page(page: Page[Any], *, items: Sequence[msgspec.Struct]) -> Response:
    request = page.request
    meta = {"page": request.page, "limit": request.limit, "total": page.total}
    body = _ENCODER.encode({"success": True, "data": items, "meta": meta})
    return Response(body, media_type=_JSON)


def answer_cursor(items: Sequence[msgspec.Struct], *, following: str | None) -> Response:
    """A page of a feed that grows; `following` is where the next one begins."""
    body: dict[str, Any] = {"success": True, "data": items}
    if following is not None:
        body["meta"] = {"nextCursor": following}
    return Response(_ENCODER.encode(body), media_type=_JSON)


def documented(
    schema: str, *, status: int = 200, is_list: bool = False, more: Mapping[str, Any] | None = None
) -> dict[int | str, Any]:
    """The `responses=` of such a route; `schema` names a component that `more` adds to."""
    reference: dict[str, Any] = {"$ref": f"#/components/schemas/{schema}"}
    if more is not None:
        added = {"type": "object", "required": list(more), "properties": dict(more)}
        reference = {"allOf": [reference, added]}
    data = {"type": "array", "items": reference} if is_list else reference
    envelope = {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": True}, "data": data, "meta": {"type": "object"}},
    }
    return {status: {"description": "OK", "content": {_JSON: {"schema": envelope}}}}
