"""Whatever is enqueued has a worker, and every fact a reaction or a reason to have none."""

from __future__ import annotations

import ast
import importlib
import re

import pytest

from arenapulse import wiring
from arenapulse.core.facts import Fact
from arenapulse.entrypoints.openapi import settings_without_engines
from arenapulse.orders.news import Unheard
from arenapulse.runtime.jobs import Registry
from tests.architecture.tree import SOURCE, modules

# Facts that nobody reacts to yet, each with its reason.
UNHEARD_FACTS: dict[str, str] = {}
EDGES = ("routes", "hot", "tasks", "reactions", "webhooks")
_ENQUEUED_IN_SQL = re.compile(r"INSERT INTO pgqueuer\b.*?;", re.DOTALL)
_JOB_NAME = re.compile(r"'([a-z_]+\.[a-z_]+)'")


@pytest.fixture(scope="module")
def registry() -> Registry:
    runtime = wiring.make_runtime(settings_without_engines())
    gateway = wiring.make_gateway(runtime)
    return Registry.of(wiring.job_registries(runtime, gateway=gateway, news=Unheard()))


def _facts() -> set[type[Fact]]:
    for module in modules():
        if module.name.endswith("/facts.py"):
            importlib.import_module(
                f"arenapulse.{module.name.removesuffix('.py')}".replace("/", ".")
            )
    return set(Fact.__subclasses__())


def test_every_enqueued_name_has_a_worker(registry: Registry) -> None:
    enqueued: dict[str, str] = {}
    for module in modules():
        if module.name.startswith("runtime/jobs/"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"enqueue", "NewJob"}:
                home = importlib.import_module(
                    f"arenapulse.{module.name.removesuffix('.py')}".replace("/", ".")
                )
                argument = node.args[1] if ast.unparse(node.func) == "enqueue" else node.args[0]
                assert isinstance(argument, ast.Name | ast.Constant), f"{module.name}:{node.lineno}"
                name = argument.value if isinstance(argument, ast.Constant) else argument.id
                enqueued[str(getattr(home, str(name), name))] = f"{module.name}:{node.lineno}"
    assert enqueued
    assert {name: at for name, at in enqueued.items() if name not in registry.task_names} == {}


def test_every_name_that_sql_enqueues_has_a_worker(registry: Registry) -> None:
    for path in (SOURCE / "migrations" / "sql").glob("*.sql"):
        if path.stem == "pgqueuer":
            continue
        for statement in _ENQUEUED_IN_SQL.findall(path.read_text()):
            assert set(_JOB_NAME.findall(statement)) <= registry.task_names, path.name


def test_every_fact_has_a_reaction_or_a_reason(registry: Registry) -> None:
    unheard = {fact.__name__ for fact in _facts() - registry.facts}
    assert unheard == UNHEARD_FACTS.keys()


def test_facts_are_frozen_and_stand_in_facts_files() -> None:
    facts = _facts()
    assert facts
    for fact in facts:
        assert fact.__module__.endswith(".facts"), fact
        assert fact.__struct_config__.frozen, fact


def test_every_edge_is_wired() -> None:
    home = next(m for m in modules() if m.name == "wiring.py")
    wired = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(home.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {name for name, _ in home.imports()}
    edges = [
        f"arenapulse.{m.slice}.{edge}"
        for m in modules()
        for edge in EDGES
        if m.name in {f"{m.slice}/{edge}.py", f"{m.slice}/{edge}/__init__.py"}
    ]
    assert len(edges) >= 8
    assert set(edges) - wired == set()
