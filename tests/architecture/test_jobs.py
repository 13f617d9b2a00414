"""Every fact has a reaction, every job that is written has a worker."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import arenapulse
from arenapulse.core.facts import Fact
from arenapulse.payments.service.hearing import APPLY_TASK
from arenapulse.payments.stripe_sandbox import DELIVERY_TASK
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring import job_registries, make_core, make_runtime
from tests.conftest import settings_for

SQL = Path(arenapulse.__file__).parent / "migrations" / "sql"


def whole_registry() -> Registry:
    """Nothing is opened: the functions are only declared."""
    runtime = make_runtime(settings_for("postgresql://nobody@nowhere/none", "redis://nowhere"))
    return Registry.of(job_registries(make_core(runtime)))


def test_every_fact_has_a_reaction() -> None:
    for module in pkgutil.iter_modules(arenapulse.__path__, "arenapulse."):
        if (
            module.ispkg
            and (Path(arenapulse.__file__).parent / module.name[11:] / "facts.py").exists()
        ):
            importlib.import_module(f"{module.name}.facts")
    known = {fact for fact in Fact.__subclasses__() if fact.__module__.startswith("arenapulse.")}
    assert known
    assert known == whole_registry().facts


def test_every_job_that_sql_writes_has_a_worker() -> None:
    written = {
        name
        for script in SQL.glob("*.sql")
        if script.name != "pgqueuer.sql"
        for name in re.findall(r"'([a-z_]+\.[a-z_]+)'", script.read_text())
    }
    assert written == {"payments.charge_due"}
    assert {APPLY_TASK, DELIVERY_TASK} | written <= whole_registry().task_names
