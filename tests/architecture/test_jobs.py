"""Every fact is recorded, every job that is written has a worker."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import arenapulse
from arenapulse.payments.service.hearing import APPLY_TASK, NEWS_TASK
from arenapulse.payments.stripe_books import DELIVERY_TASK
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring import job_registries, make_core, make_runtime
from tests.architecture.tree import ROOT, modules
from tests.conftest import settings_for

# `settle_orders` and `check_in` say it, to the reactions that they are given; what `place_orders`
# says is spread by a worker. `TicketsCheckedIn` that of the version before, which runs beside this
# one during a release.
WRITTEN_BY_SQL = {"EventFlipped", "TicketsChanged", "TicketsAdmitted", "TicketsCheckedIn"}

SQL = Path(arenapulse.__file__).parent / "migrations" / "sql"


def whole_registry() -> Registry:
    """Nothing is opened: the functions are only declared."""
    runtime = make_runtime(settings_for("postgresql://nobody@nowhere/none", "redis://nowhere"))
    return Registry.of(job_registries(make_core(runtime)))


def _declared() -> set[str]:
    return {
        node.name
        for module in modules()
        if module.name.endswith("/facts.py") and module.slice != "core"
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and "Fact" in map(ast.unparse, node.bases)
    }


def test_every_fact_is_recorded() -> None:
    # One that nobody reacts to costs nothing; one that nobody records is a promise broken.
    declared = _declared()
    made = {name for m in modules() for name, _ in m.calls()}
    assert declared
    assert declared - made == WRITTEN_BY_SQL


def test_every_fact_is_told_to_who_adds_a_slice() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-slice.md").read_text()
    assert {name for name in _declared() if f"`{name}`" not in page} == set()


def test_every_reaction_is_to_a_fact_of_a_slice() -> None:
    facts = whole_registry().facts
    assert facts
    assert {fact.__module__.rsplit(".", 1)[-1] for fact in facts} == {"facts"}


def test_every_job_that_sql_writes_has_a_worker() -> None:
    written = {
        name
        for script in SQL.glob("*.sql")
        if script.name != "pgqueuer.sql"
        # The settings of a session are named so, too.
        for name in re.findall(r"'(?!arenapulse\.)([a-z][a-z_]*\.[a-z_]+)'", script.read_text())
    }
    assert written == {"payments.charge_due", "orders.spread_placed"}
    assert {APPLY_TASK, DELIVERY_TASK, NEWS_TASK} | written <= whole_registry().task_names
