"""Says where a value is not as a schema of our documents wants it; the keywords msgspec writes."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
KNOWN = {
    *("$ref", "anyOf", "enum", "type", "title", "description", "default", "format", "pattern"),
    *("minLength", "maxLength", "minimum", "maximum", "items", "prefixItems", "minItems"),
    *("maxItems", "properties", "required", "additionalProperties"),
}
PYTHON: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def faults(
    value: Any, schema: Schema, *, schemas: Mapping[str, Schema], at: str = "$"
) -> list[str]:
    return list(_faults(value, schema, schemas, at))


def _faults(value: Any, schema: Schema, schemas: Mapping[str, Schema], at: str) -> Iterator[str]:
    assert schema.keys() <= KNOWN, schema
    if "$ref" in schema:
        yield from _faults(value, schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, at)
        return
    if "anyOf" in schema:
        if all(list(_faults(value, option, schemas, at)) for option in schema["anyOf"]):
            yield f"{at}: {value!r} is none of the choices"
        return
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(value, PYTHON[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        yield f"{at}: {value!r} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not among {schema['enum']}"
    if isinstance(value, str):
        yield from _text_faults(value, schema, at)
    elif isinstance(value, list):
        yield from _list_faults(value, schema, schemas, at)
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, schemas, at)


def _list_faults(
    value: list[Any], schema: Schema, schemas: Mapping[str, Schema], at: str
) -> Iterator[str]:
    firsts = schema.get("prefixItems", [])
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at}: has {len(value)} items"
    for number, item in enumerate(value):
        of = firsts[number] if number < len(firsts) else schema["items"]
        yield from _faults(item, of, schemas, f"{at}[{number}]")


def _object_faults(
    value: dict[str, Any], schema: Schema, schemas: Mapping[str, Schema], at: str
) -> Iterator[str]:
    missing = set(schema.get("required", ())) - value.keys()
    yield from (f"{at}.{name} is missing" for name in sorted(missing))
    # Stricter than the schemas, which leave room for what is added later.
    properties = schema.get("properties", {})
    strange = value.keys() - properties.keys()
    yield from (f"{at}.{name} is not described" for name in sorted(strange))
    for name, of in properties.items():
        if name in value:
            yield from _faults(value[name], of, schemas, f"{at}.{name}")


def _text_faults(value: str, schema: Schema, at: str) -> Iterator[str]:
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    try:
        if schema.get("format") == "uuid":
            uuid.UUID(value)
        elif schema.get("format") == "date-time":
            assert dt.datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, AssertionError):
        yield f"{at}: {value!r} is no {schema['format']}"
