"""The compiled layout of our own mails, filled in: names, `if` and `for`, and nothing else. Pure.

Organizers' words are Liquid, with its limits and its errors; what is around them is ours and the
same for each of sixty thousand mails. It is taken apart once, and a mail is one join of its pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

Values: TypeAlias = Mapping[str, Any]
Writing: TypeAlias = Callable[[Values, list[str]], None]

_TAG: Final = re.compile(
    r"\{\{ (?P<value>[a-z_.]+) \}\}"
    r"|\{% if (?P<when>[a-z_.]+) %\}"
    r"|\{% for (?P<one>[a-z_]+) in (?P<many>[a-z_.]+) %\}"
    r"|\{% (?P<end>endif|endfor) %\}"
)


class Layout:
    """`escape` is what each value goes through."""

    def __init__(self, source: str, *, escape: Callable[[str], str] = str) -> None:
        self._escape = escape
        self._tags = _TAG.finditer(source)
        self._source = source
        self._at = 0
        self._pieces = self._block(until=None)

    def render(self, values: Values) -> str:
        """Raises `LookupError` for a name that is not there; what is empty is left out."""
        out: list[str] = []
        _write(self._pieces, values, out)
        return "".join(out)

    def _block(self, *, until: str | None) -> Sequence[Writing]:
        made: list[Writing] = []
        for tag in self._tags:
            self._text(tag.start(), made)
            self._at = tag.end()
            if tag["value"]:
                made.append(_value(tag["value"], self._escape))
            elif tag["when"]:
                made.append(_when(tag["when"], self._block(until="endif")))
            elif tag["one"]:
                made.append(_each(tag["one"], tag["many"], self._block(until="endfor")))
            else:
                assert tag["end"] == until, "a block ends that did not begin"
                return made
        assert until is None, "a block does not end"
        self._text(len(self._source), made)
        return made

    def _text(self, end: int, made: list[Writing]) -> None:
        text = self._source[self._at : end]
        assert "{{" not in text
        assert "{%" not in text
        if text:
            made.append(lambda _values, out: out.append(text))


def _write(pieces: Sequence[Writing], values: Values, out: list[str]) -> None:
    for piece in pieces:
        piece(values, out)


def _value(path: str, escape: Callable[[str], str]) -> Writing:
    names = path.split(".")
    return lambda values, out: out.append(escape(_at(values, names)))


def _when(path: str, block: Sequence[Writing]) -> Writing:
    names = path.split(".")

    def write(values: Values, out: list[str]) -> None:
        if _at(values, names):
            _write(block, values, out)

    return write


def _each(name: str, path: str, block: Sequence[Writing]) -> Writing:
    names = path.split(".")

    def write(values: Values, out: list[str]) -> None:
        for one in _at(values, names):
            _write(block, {**values, name: one}, out)

    return write


def _at(values: Values, names: Sequence[str]) -> Any:
    found: Any = values
    for name in names:
        found = found[name]
    return found
