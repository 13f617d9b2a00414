"""The hot endpoints of gates, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Any, Final

_EVENT: Final[dict[str, Any]] = {
    "name": "event_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}


def operation(summary: str, name: str, *, asks: str | None, gives: str) -> dict[str, Any]:
    """By the names of the schemas that go in and out."""
    reference = "#/components/schemas/"
    made: dict[str, Any] = {
        "tags": ["gates"],
        "summary": summary,
        "operationId": name,
        "security": [{"bearer": []}],
        "parameters": [_EVENT],
        "responses": {
            "200": {
                "description": "OK",
                "content": {"application/json": {"schema": {"$ref": reference + gives}}},
            }
        },
    }
    if asks is not None:
        body = {"application/json": {"schema": {"$ref": reference + asks}}}
        made["requestBody"] = {"required": True, "content": body}
    else:
        since = {"name": "since", "in": "query", "schema": {"type": "integer", "minimum": 1}}
        device = {"name": "X-Gate-Device", "in": "header", "schema": {"type": "string"}}
        made["parameters"] = [_EVENT, since, device]
    return made
