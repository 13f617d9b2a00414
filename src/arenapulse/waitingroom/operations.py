"""The hot endpoints of waiting rooms, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Any, Final

from arenapulse.waitingroom.schemas import DrawEnvelope, Join, QueueEnvelope, ServingEnvelope

SCHEMAS: Final = (Join, QueueEnvelope, ServingEnvelope, DrawEnvelope)
_EVENT: Final[dict[str, Any]] = {
    "name": "event_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_TOKEN: Final[dict[str, Any]] = {
    "name": "token",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}


def _json(told: str, *, schema: str) -> dict[str, Any]:
    return {
        "description": told,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _number(name: str, told: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": told,
        "schema": {"type": "integer", "minimum": 0, "default": 0},
    }


_MAYBE: Final[list[dict[str, Any]]] = [{}, {"bearer": []}]

JOIN: Final[dict[str, Any]] = {
    "tags": ["waiting room"],
    "summary": "Join an event's waiting room; one place a person, joining again is the same place",
    "operationId": "joinQueue",
    "security": [{"bearer": []}],
    "parameters": [_EVENT],
    "requestBody": {
        "required": False,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Join"}}},
    },
    "responses": {
        "201": _json("A new place.", schema="QueueEnvelope"),
        "200": _json("The place one has.", schema="QueueEnvelope"),
    },
}
READ: Final[dict[str, Any]] = {
    "tags": ["waiting room"],
    "summary": "How it stands with a place; with a pass when it is its turn",
    "operationId": "readQueuePlace",
    "security": _MAYBE,
    "parameters": [_EVENT, _TOKEN],
    "responses": {"200": _json("The place.", schema="QueueEnvelope")},
}
SERVING: Final[dict[str, Any]] = {
    "tags": ["waiting room"],
    "summary": "Who may go in: the same answer for all who wait, to be kept for a second",
    "operationId": "readServing",
    "security": _MAYBE,
    "parameters": [_EVENT],
    "responses": {"200": _json("How the line stands.", schema="ServingEnvelope")},
}
DRAW: Final[dict[str, Any]] = {
    "tags": ["waiting room"],
    "summary": "The draw: its seal before, its seed after, so that anybody can compute it again",
    "operationId": "readDraw",
    "security": _MAYBE,
    "parameters": [_EVENT],
    "responses": {"200": _json("The draw.", schema="DrawEnvelope")},
}
TICKETS: Final[dict[str, Any]] = {
    "tags": ["waiting room"],
    "summary": "The tickets that were drawn, in the order in which they joined, 16 bytes each",
    "operationId": "readDrawnTickets",
    "security": _MAYBE,
    "parameters": [
        _EVENT,
        _number("lane", "Which lane's list."),
        _number("first", "The first ticket of the part, from 0; at most 65,536 follow."),
    ],
    "responses": {
        "200": {
            "description": "The tickets; less than a full part is the last one.",
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
}
