"""Writes messages.gen.ts from the AsyncAPI document.

python clients/typescript/generate.py            writes it
python clients/typescript/generate.py --check    exit 1 where it is not what it would write
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arenapulse.realtime.asyncapi import document
from arenapulse.runtime.web.openapi import VERSION

TARGET = Path(__file__).with_name("messages.gen.ts")
Schema = Mapping[str, Any]

HEAD = """\
// Made by clients/typescript/generate.py from /api/v1/asyncapi.json; not to be edited.
//
//   import { io, type Socket } from "socket.io-client";
//   const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url);
//   socket.emit("event:subscribe", { eventId }, (ack) => { if (ack.ok) show(ack.snapshot); });
"""


def generate() -> str:
    made = document(version=VERSION)
    schemas: Mapping[str, Schema] = made["components"]["schemas"]
    parts = [HEAD]
    parts += [_declaration(name, schema) for name, schema in sorted(schemas.items())]
    parts.append(_events("ClientToServerEvents", made, action="receive"))
    parts.append(_events("ServerToClientEvents", made, action="send"))
    return "\n".join(parts)


def _events(name: str, made: Schema, *, action: str) -> str:
    lines: list[str] = []
    for key, operation in made["operations"].items():
        if operation["action"] != action:
            continue
        message = made["components"]["messages"][key]
        payload = _type(message["payload"])
        arguments = f"message: {payload}"
        if "reply" in operation:
            answers = [reference["$ref"] for reference in operation["reply"]["messages"]]
            acks = " | ".join(answer.rsplit("/", 1)[1] for answer in answers)
            arguments += f", ack: (answer: {acks}) => void"
        lines.append(f"  /** {message['summary']} */\n")
        lines.append(f"  {json.dumps(message['name'])}: ({arguments}) => void;\n")
    return f"export interface {name} {{\n{''.join(lines)}}}\n"


def _declaration(name: str, schema: Schema) -> str:
    said = f"/** {' '.join(schema['description'].split())} */\n" if "description" in schema else ""
    if schema.get("type") != "object":
        return f"{said}export type {name} = {_type(schema)};\n"
    required = set(schema.get("required", ()))
    fields = "".join(
        f"  {field}{'' if _is_there(field, of, required) else '?'}: {_type(of)};\n"
        for field, of in schema["properties"].items()
    )
    body = f"{{\n{fields}}}" if fields else "{}"
    return f"{said}export interface {name} {body}\n"


def _is_there(field: str, schema: Schema, required: set[str]) -> bool:
    """A constant of an answer is always said, whatever the encoder could leave out."""
    return field in required or (field == "ok" and "enum" in schema)


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"
        inner = _type(schema["items"])
        return f"({inner})[]" if " " in inner and not inner.startswith("[") else f"{inner}[]"
    names = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
    names |= {"null": "null", "object": "Record<string, unknown>"}
    assert kind in names, schema
    return names[kind]


def main() -> int:
    text = generate()
    if "--check" in sys.argv:
        return 0 if TARGET.read_text() == text else 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
