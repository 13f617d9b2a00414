"""Bugs planted in the SQL functions: what does not find them proves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple


class Bug(NamedTuple):
    """In the source of `function`, `right` becomes `wrong`."""

    function: str
    right: str
    wrong: str


def source_of(function: str) -> str:
    return files("arenapulse.migrations").joinpath("sql", f"{function}.sql").read_text()


def planted(bugs: Iterable[Bug]) -> str:
    """SQL that makes the functions anew, with the bugs in them."""
    sources: dict[str, str] = {}
    for bug in bugs:
        source = sources.get(bug.function) or source_of(bug.function)
        assert source.count(bug.right) == 1, f"{bug.function} changed: plant the bug anew"
        sources[bug.function] = source.replace(bug.right, bug.wrong)
    return "\n".join(sources.values())
