"""The AsyncAPI 3 document of the socket, made of the types that encode and decode its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from arenapulse.realtime.messages import MESSAGES, Message
from arenapulse.realtime.schemas import Handshake, Refused

_REF: Final = "#/components/schemas/{name}"
_CHANNEL: Final = {"$ref": "#/channels/main"}


def document(*, version: str, more: Sequence[Message] = ()) -> dict[str, Any]:
    """The whole document; `more` are messages of slices that realtime does not know."""
    messages = [*MESSAGES, *more]
    kinds = [kind for m in messages for kind in (m.payload, m.ack) if kind is not None]
    kinds += [Refused, Handshake]
    _, schemas = msgspec.json.schema_components(_unique(kinds), ref_template=_REF)
    shown = {_key(m.name): _message(m.name, m.payload, m.summary) for m in messages}
    acks = _unique([m.ack for m in messages if m.ack is not None])
    for ack in (*acks, Refused):
        shown[ack.__name__] = _message(ack.__name__, ack, _first_line(ack))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ArenaPulse, live",
            "version": version,
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": {
            "main": {
                "host": "localhost:8000",
                "pathname": "/socket.io",
                "protocol": "socketio",
                "protocolVersion": "4",
                "description": "Handshake `auth`: #/components/schemas/Handshake.",
            }
        },
        "channels": {
            "main": {
                "address": "/",
                "title": "The main namespace",
                "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in shown},
            }
        },
        "operations": {_key(m.name): _operation(m) for m in messages},
        "components": {"messages": shown, "schemas": schemas},
    }


def _key(name: str) -> str:
    """Keys of components have no colons."""
    return name.replace(":", ".")


def _message(name: str, payload: Any, summary: str) -> dict[str, Any]:
    reference = {"$ref": _REF.format(name=payload.__name__)}
    return {"name": name, "summary": summary, "payload": reference}


def _operation(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action": "receive" if message.sender == "client" else "send",
        "channel": _CHANNEL,
        "summary": message.summary,
        "messages": [{"$ref": f"#/channels/main/messages/{_key(message.name)}"}],
    }
    if message.ack is not None:
        answers = (message.ack.__name__, Refused.__name__)
        made["reply"] = {
            "channel": _CHANNEL,
            "messages": [{"$ref": f"#/channels/main/messages/{name}"} for name in answers],
        }
    return made


def _unique(kinds: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(kinds))


def _first_line(kind: Any) -> str:
    return str(kind.__doc__ or "").strip().split("\n", 1)[0]


_DESCRIPTION: Final = (
    "Socket.IO 4, namespace `/`. Without a token one is a visitor; a bad one is a `connect_error` "
    "with `data.code`. Every event has one gap-free `sequence` a message name, every section one "
    "of its seats; frames carry states. Apply the last sequence + 1, ignore older ones, and after "
    "a gap, a reconnect or a position ahead subscribe again with `since`. Another `epoch` means "
    "that sequences began anew: subscribe without `since`. Unknown messages and fields are to be "
    "ignored: there will be more of them."
)
