"""The import contracts hold, and each of them bites: a violation planted in a copy is caught.

A contract that nobody ever saw broken may be one that cannot break.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT

LINT_SECONDS_MAX = 60
AT_ONCE = 2

SLICES = "Arrows between slices point down"
INSIDE = "Inside a slice: edge -> service -> queries -> models -> vocabulary"
EDGES = "Edges are private: only wiring may import them"
TABLES = "Tables are private: only queries and services touch models"
VENDORS = "One file per vendor"
NO_HTTP = "Services do not know HTTP"
PURE = "Rules are pure"
CYCLES = "No cycles anywhere"


@dataclass(frozen=True)
class Planted:
    """A line put into a file of the copy, and the contract that must break by it."""

    what: str
    file: str
    line: str
    contract: str
    target: str | None = None
    target_text: str = ""


VIOLATIONS = (
    Planted(
        what="a lower slice calls a higher one",
        file="orders/service.py",
        line="from arenapulse.payments import service",
        target="payments/service.py",
        contract=SLICES,
    ),
    Planted(
        what="the core leans on the runtime",
        file="core/money.py",
        line="from arenapulse.runtime import db",
        contract=SLICES,
    ),
    Planted(
        what="the runtime knows a domain word",
        file="runtime/cache.py",
        line="from arenapulse.events import schemas",
        target="events/schemas.py",
        contract=SLICES,
    ),
    Planted(
        what="a slice imports the page that wires it",
        file="venues/service.py",
        line="from arenapulse import wiring",
        contract=SLICES,
    ),
    Planted(
        what="a slice that nobody declared",
        file="loyalty/__init__.py",
        line="POINTS = 1",
        contract=SLICES,
    ),
    Planted(
        what="queries call the service",
        file="orders/queries.py",
        line="from arenapulse.orders import service",
        target="orders/service.py",
        contract=INSIDE,
    ),
    Planted(
        what="one edge calls another",
        file="identity/routes.py",
        line="from arenapulse.identity import tasks",
        target="identity/tasks.py",
        contract=INSIDE,
    ),
    Planted(
        what="the vocabulary knows a rule",
        file="events/schemas.py",
        line="from arenapulse.events import lifecycle",
        target="events/lifecycle.py",
        contract=INSIDE,
    ),
    Planted(
        what="a file name that nobody declared",
        file="orders/helpers.py",
        line="ANYTHING = 1",
        contract=INSIDE,
    ),
    Planted(
        what="a service calls a foreign route",
        file="payments/service.py",
        line="from arenapulse.orders import routes",
        target="orders/routes.py",
        contract=EDGES,
    ),
    Planted(
        what="an entrypoint reaches past the wiring",
        file="entrypoints/server.py",
        line="from arenapulse.venues import routes",
        target="venues/routes.py",
        contract=EDGES,
    ),
    Planted(
        what="a route reads tables",
        file="payments/routes.py",
        line="from arenapulse.payments import models",
        target="payments/models.py",
        contract=TABLES,
    ),
    Planted(
        what="a second file speaks to the payment vendor",
        file="payments/service.py",
        line="import stripe",
        contract=VENDORS,
    ),
    Planted(
        what="a second file speaks to Redis",
        file="orders/batcher.py",
        line="import redis.asyncio",
        contract=VENDORS,
    ),
    Planted(
        what="a second file speaks to the job queue",
        file="payments/tasks.py",
        line="from pgqueuer import PgQueuer",
        contract=VENDORS,
    ),
    Planted(
        what="a service raises an HTTP error",
        file="venues/service.py",
        line="from fastapi import HTTPException",
        contract=NO_HTTP,
    ),
    Planted(
        what="a reaction answers a request",
        file="realtime/reactions.py",
        line="from starlette.responses import Response",
        contract=NO_HTTP,
    ),
    Planted(
        what="a rule reads the database",
        file="orders/pricing.py",
        line="import sqlalchemy",
        contract=PURE,
    ),
    Planted(
        what="a rule reads the database through another file",
        file="events/lifecycle.py",
        line="from arenapulse.events import schemas",
        target="events/schemas.py",
        target_text="import asyncpg\n",
        contract=PURE,
    ),
    Planted(
        what="two files of the runtime know each other",
        file="runtime/redis.py",
        line="from arenapulse.runtime import cache",
        contract=CYCLES,
    ),
)


def _copy(folder: Path) -> Path:
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.sql")
    )
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder / "src" / "arenapulse"


def _append(package: Path, *, name: str, text: str) -> None:
    file = package / name
    if file.with_suffix("").is_dir():
        # A service that was split by use case: plant into the package itself.
        file = file.with_suffix("") / "__init__.py"
    file.parent.mkdir(exist_ok=True)
    before = file.read_text() if file.exists() else ""
    file.write_text(f"{before}\n{text}\n")


def _plant(package: Path, planted: Planted) -> None:
    if planted.target is not None:
        _append(package, name=planted.target, text=planted.target_text)
    _append(package, name=planted.file, text=planted.line)


def _broken_contracts(folder: Path) -> set[str]:
    """Names of the contracts that do not hold in the copy; the working tree is left alone."""
    ran = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
        timeout=LINT_SECONDS_MAX,
    )
    assert "Contracts:" in ran.stdout, ran.stdout + ran.stderr
    names = {line.split(" BROKEN")[0] for line in ran.stdout.splitlines() if " BROKEN" in line}
    assert (ran.returncode == 0) == (names == set())
    return names


def _judge(folder: Path, planted: Planted | None) -> set[str]:
    folder.mkdir()
    package = _copy(folder)
    if planted is not None:
        _plant(package, planted)
    return _broken_contracts(folder)


@pytest.fixture(scope="module")
def verdicts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Future[set[str]]]]:
    """All copies are judged at the same time; each test waits for its own."""
    folder = tmp_path_factory.mktemp("planted")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = {"nothing": pool.submit(_judge, folder / "nothing", None)}
        for number, planted in enumerate(VIOLATIONS):
            made[planted.what] = pool.submit(_judge, folder / str(number), planted)
        yield made


def test_the_contracts_hold(verdicts: dict[str, Future[set[str]]]) -> None:
    assert verdicts["nothing"].result() == set()


@pytest.mark.parametrize("planted", VIOLATIONS, ids=lambda planted: planted.what)
def test_a_planted_violation_is_caught(
    planted: Planted, verdicts: dict[str, Future[set[str]]]
) -> None:
    assert planted.contract in verdicts[planted.what].result()


def _contracts() -> dict[str, dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {made["name"]: made for made in project["tool"]["importlinter"]["contracts"]}


def test_every_contract_was_seen_to_bite() -> None:
    assert _contracts().keys() == {planted.contract for planted in VIOLATIONS}


def test_every_slice_is_held_by_the_contract_inside() -> None:
    slices = {
        f"arenapulse.{folder.parent.name}"
        for folder in (ROOT / "src" / "arenapulse").glob("*/__init__.py")
    } - {
        f"arenapulse.{name}" for name in ("core", "entrypoints", "migrations", "runtime", "wiring")
    }
    assert set(_contracts()[INSIDE]["containers"]) == slices


def test_every_pure_file_is_held_by_the_contract_of_rules() -> None:
    row = next(layer for layer in _contracts()[INSIDE]["layers"] if " : " in layer)
    names = {f"arenapulse.*.{name.strip('()')}" for name in row.split(" : ")}
    assert names - set(_contracts()[PURE]["source_modules"]) == set()
