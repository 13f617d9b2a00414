"""Values that a JSON Schema of our OpenAPI document allows, and of which nobody thought."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.attacks import snake

Schema = Mapping[str, Any]
ITEMS_MAX: Final = 3
TEXT_MAX: Final = 60
# What JSON cannot carry is no value of ours.
_TEXT: Final = st.characters(exclude_categories=("Cs",))
_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(_TEXT, max_size=TEXT_MAX),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(_TEXT), inner, max_size=2),
    max_leaves=4,
)


class Inventor:
    """Draws from a document. An id is, half of the time, `{its_name}`: who sends it knows one."""

    def __init__(self, document: Mapping[str, Any], *, known: frozenset[str]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._known = known
        self._kinds: dict[str, Callable[[Schema, str], SearchStrategy[Any]]] = {
            "string": self._string,
            "integer": _integer,
            "number": _number,
            "array": self._array,
            "object": self._object,
        }

    def of(self, schema: Schema, name: str = "") -> SearchStrategy[Any]:
        if "$ref" in schema:
            return self.of(self._schemas[schema["$ref"].rsplit("/", 1)[1]], name)
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return st.one_of([self.of(each, name) for each in choices])
        match schema.get("type"):
            case None:
                return _ANYTHING
            case "null":
                return st.none()
            case "boolean":
                return st.booleans()
            case kind:
                return self._kinds[kind](schema, name)

    def _string(self, schema: Schema, name: str) -> SearchStrategy[str]:
        match schema.get("format"):
            case "uuid":
                known = snake(name).removesuffix("s")
                fresh = st.uuids().map(str)
                return fresh | st.just(f"{{{known}}}") if known in self._known else fresh
            case "date-time":
                return st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat)
            case "date":
                return st.dates().map(dt.date.isoformat)
        low = schema.get("minLength", 0)
        high = max(low, min(schema.get("maxLength", TEXT_MAX), TEXT_MAX))
        if "pattern" in schema:
            shaped = st.from_regex(schema["pattern"], alphabet=_TEXT, fullmatch=True)
            return shaped.filter(lambda word: low <= len(word) <= high)
        return st.text(_TEXT, min_size=low, max_size=high)

    def _array(self, schema: Schema, name: str) -> SearchStrategy[list[Any]]:
        low = schema.get("minItems", 0)
        if "prefixItems" in schema:
            return st.tuples(*(self.of(each, name) for each in schema["prefixItems"])).map(list)
        high = max(low, min(schema.get("maxItems", ITEMS_MAX), ITEMS_MAX))
        return st.lists(self.of(schema.get("items", {}), name), min_size=low, max_size=high)

    def _object(self, schema: Schema, name: str) -> SearchStrategy[dict[str, Any]]:
        fields = {key: self.of(each, key) for key, each in schema.get("properties", {}).items()}
        needed = set(schema.get("required", ()))
        more = schema.get("additionalProperties")
        if not fields and isinstance(more, Mapping):
            names = self.of({"type": "string", **schema.get("propertyNames", {})})
            return st.dictionaries(names, self.of(more, name), max_size=ITEMS_MAX)
        return st.fixed_dictionaries(
            {key: each for key, each in fields.items() if key in needed},
            optional={key: each for key, each in fields.items() if key not in needed},
        )


def _integer(schema: Schema, _: str) -> SearchStrategy[int]:
    return st.integers(schema.get("minimum"), schema.get("maximum"))


def _number(schema: Schema, _: str) -> SearchStrategy[float]:
    return st.floats(
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum"),
        exclude_min="exclusiveMinimum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


def drawn(strategy: SearchStrategy[Any], *, count: int) -> list[Any]:
    """The same ones each time, whoever asks."""
    made: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(value: Any) -> None:
        made.append(value)

    keep()
    return made


def written(value: Any, ids: Mapping[str, object]) -> str:
    """As JSON, with the ids that the other side knows."""
    text = json.dumps(value)
    for name, known in ids.items():
        text = text.replace(f'"{{{name}}}"', json.dumps(str(known)))
    return text
