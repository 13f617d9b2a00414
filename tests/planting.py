"""Bugs planted in the SQL functions and in ours: what does not find them proves nothing."""

from __future__ import annotations

import contextlib
import inspect
import sys
import textwrap
from collections.abc import AsyncIterator, Iterable, Mapping
from importlib.resources import files
from typing import Any, NamedTuple

import asyncpg
import pytest


class Bug(NamedTuple):
    """In the source of `function`, `right` becomes `wrong`."""

    function: str
    right: str
    wrong: str


SETTLING_LOCK = Bug("settle_orders", "  PERFORM lock_places(p_orders);", "")
FLIPPING_LOCK = Bug(
    "flip_sold_out",
    "  PERFORM 1 FROM events e WHERE e.id = ANY (p_events) ORDER BY e.id FOR NO KEY UPDATE;",
    "",
)
REPLAY_LOOK = Bug("place_orders", "idempotency_key = x.key LIMIT 1", "FALSE LIMIT 1")


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


def repaired(bugs: Iterable[Bug]) -> str:
    """SQL that makes the same functions anew, without them."""
    return "".join(planted([Bug(bug.function, bug.right, bug.right)]) for bug in bugs)


@contextlib.asynccontextmanager
async def with_bugs(db: asyncpg.Connection, *bugs: Bug) -> AsyncIterator[None]:
    """The database's functions with the bugs in them, then whole again."""
    await db.execute(planted(bugs))
    try:
        yield
    finally:
        await db.execute(repaired(bugs))


def cut(
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    *,
    right: str,
    wrong: str,
    besides: Mapping[str, str] | None = None,
) -> None:
    """The function or method `name` of `owner` with `wrong` in place of `right`, for one test.

    `besides` are further ones, where a guard stands in several places.
    """
    whole = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(whole))
    for there, planted_there in {right: wrong, **(besides or {})}.items():
        assert source.count(there) == 1, f"{name} changed: plant the bug anew"
        source = source.replace(there, planted_there)
    made = dict(vars(sys.modules[whole.__module__]))
    exec(compile(source, f"<{name} with a bug>", "exec"), made)
    monkeypatch.setattr(owner, name, made[name])
