"""Bodies of hot endpoints: msgspec in, refusals of the contract out."""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec

from arenapulse.core.errors import NOT_JSON, Invalid, MalformedBody

T = TypeVar("T")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")
_ESCAPE: Final = b"\\u"


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind)


def decode(body: bytes, *, by: msgspec.json.Decoder[T]) -> T:
    """Raises `MalformedBody` for what is not JSON, `Invalid` for the wrong shape."""
    try:
        value = by.decode(body)
        if _ESCAPE in body:
            _refuse_unstorable(msgspec.json.decode(body), path="")
    except msgspec.ValidationError as error:
        _require_json(body)
        raise _invalid(str(error)) from None
    except NOT_JSON:
        raise MalformedBody from None
    return value


def _require_json(body: bytes) -> None:
    """The first wrong field ends the reading: what follows it need not be JSON."""
    try:
        msgspec.json.decode(body)
    except NOT_JSON:
        raise MalformedBody from None


def _invalid(text: str) -> Invalid:
    """Msgspec says "… - at `$.tickets[0].quantity`"; the contract wants `tickets.0.quantity`."""
    match = _AT.match(text)
    assert match is not None
    path = re.sub(r"\[(\d+)\]", r".\1", match["path"] or "").strip(".")
    for pattern in (_UNKNOWN, _MISSING):
        named = pattern.search(match["what"])
        if named is not None:
            path = f"{path}.{named['name']}".strip(".")
    return Invalid.on(path, match["what"])


def _refuse_unstorable(value: Any, *, path: str) -> None:
    """NUL and lone surrogates, which PostgreSQL's text cannot hold."""
    if isinstance(value, str):
        if "\x00" in value or (not value.isprintable() and _has_surrogate(value)):
            raise Invalid.on(path, "must not contain NUL or half a character")
    elif isinstance(value, dict):
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            _refuse_unstorable(item, path=f"{path}.{key}".strip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            _refuse_unstorable(item, path=f"{path}.{number}".strip("."))


def _has_surrogate(text: str) -> bool:
    return any(0xD800 <= ord(character) <= 0xDFFF for character in text)
