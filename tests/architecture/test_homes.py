"""Clock, environment, commit and print each have one home; what else may, stands here with why."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable

import pytest

from tests.architecture.tree import Module, modules

CLOCK_CALLS = {
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.localtime",
    "time.gmtime",
    "dt.datetime.now",
    "dt.datetime.utcnow",
    "dt.date.today",
    "datetime.now",
    "datetime.utcnow",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "datetime.date.today",
}
CLOCK_IMPORTS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}
CLOCK_HOMES = {"core/clock.py"}

ENVIRONMENT_HOMES = {
    "core/settings/__init__.py": "reads it, once",
    "entrypoints/processes.py": "hands the whole of it on to the children of `arenapulse up`",
}
COMMIT_HOMES = {
    "runtime/db.py": "the one commit",
    "migrations/run.py": "a migration is no request",
    "migrations/lift.py": "nor is a lift, which moves day by day",
}
# Commands and migrations have connections of their own, which they close.
SESSION_SLICES = {"entrypoints", "migrations"}
_OF_SESSION = re.compile(
    r"^\s*(SET (?!LOCAL\b)[a-z_.]+ *(=|TO\b)|LISTEN |PREPARE |DECLARE )"
    r"|pg_(try_)?advisory_lock\(|set_config\([^)]*, *false\)",
    re.IGNORECASE,
)
PRINT_HOMES = {
    "runtime/engines/leash.py": "a script of its own, whose standard error the supervisor reads",
    "runtime/log.py": "logs go to standard error",
}
GATHER_HOMES = {
    "runtime/web/health.py": "two questions, and neither raises",
    "runtime/web/figures.py": "asks its mates, and who gives no answer raises nothing",
    "entrypoints/crowd.py": "fans of a program that then ends",
    "entrypoints/checkup.py": "knocks at doors; none that stays shut raises",
}
VENDOR_WORDS = ("stripe", "pm_card")
TWIN_WORD = "sandbox"
VENDOR_SLICES = {"payments", "wiring", "entrypoints", "migrations"}
# Messages and who joins a line in a rush have vendors of their own, with twins.
TWIN_SLICES = VENDOR_SLICES | {"notifications", "outreach", "waitingroom"}
VENDOR_HOMES = {"core/settings/vendors.py": "the vendor's keys are settings"}
CORE_MAY_IMPORT = {"arenapulse", "msgspec", "pydantic", "pydantic_settings"}


def _places(found: Iterable[tuple[Module, int]]) -> list[str]:
    return [f"{module.name}:{line}" for module, line in found]


@pytest.mark.asvs("V16.2.2")
def test_only_the_clock_reads_the_clock() -> None:
    strangers = [
        (m, line)
        for m in modules()
        if m.name not in CLOCK_HOMES
        for name, line in m.calls()
        if name in CLOCK_CALLS
    ]
    assert _places(strangers) == []


def test_nobody_imports_the_clock_under_another_name() -> None:
    strangers = [
        (m, node.lineno)
        for m in modules()
        if m.name not in CLOCK_HOMES
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "time"
        and any(alias.name in CLOCK_IMPORTS for alias in node.names)
    ]
    assert _places(strangers) == []


def test_only_the_settings_read_the_environment() -> None:
    strangers = [
        (m, node.lineno)
        for m in modules()
        if m.name not in ENVIRONMENT_HOMES
        for node in ast.walk(m.tree)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.environb"})
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.getenv", "getenv"})
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(alias.name in {"environ", "getenv"} for alias in node.names)
        )
    ]
    assert _places(strangers) == []


def test_there_is_one_commit() -> None:
    strangers = [
        (m, line)
        for m in modules()
        if m.name not in COMMIT_HOMES
        for name, line in m.calls()
        if name.endswith(".commit")
    ]
    assert _places(strangers) == []
    home = next(m for m in modules() if m.name == "runtime/db.py")
    assert [name for name, _ in home.calls() if name.endswith(".commit")] == ["session.commit"]


def test_what_a_connection_is_told_lasts_a_transaction() -> None:
    """Pools reset nothing: whoever gets it next must not be somebody else's."""
    strangers = [
        (m, node.lineno)
        for m in modules()
        if m.slice not in SESSION_SLICES
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _OF_SESSION.search(node.value)
    ]
    assert _places(strangers) == []
    assert _OF_SESSION.search("SET search_path = public")
    assert not _OF_SESSION.search("SET LOCAL jit = off")


@pytest.mark.asvs("V16.2.3")
def test_only_entrypoints_print() -> None:
    strangers = [
        (m, line)
        for m in modules()
        if m.slice != "entrypoints" and m.name not in PRINT_HOMES
        for name, line in m.calls()
        if name in {"print", "sys.stdout.write", "sys.stderr.write"}
    ]
    assert _places(strangers) == []


def test_the_core_is_made_of_the_standard_library_and_two_parsers() -> None:
    strangers = [
        f"{m.name}:{line} {name}"
        for m in modules()
        if m.slice == "core"
        for name, line in m.imports()
        if (top := name.split(".")[0]) not in CORE_MAY_IMPORT and top not in sys.stdlib_module_names
    ]
    assert strangers == []


def test_every_home_is_still_lived_in() -> None:
    names = {m.name for m in modules()}
    homes = CLOCK_HOMES | {*ENVIRONMENT_HOMES, *COMMIT_HOMES, *PRINT_HOMES, *VENDOR_HOMES}
    assert homes - names == set()


def _naming(words: tuple[str, ...], *, allowed: set[str]) -> list[str]:
    return [
        f"{m.name}:{number}"
        for m in modules()
        if m.slice not in allowed and m.name not in VENDOR_HOMES
        for number, line in enumerate(m.text.splitlines(), 1)
        if any(word in line.lower() for word in words)
    ]


def test_only_payments_name_the_payment_vendor() -> None:
    assert _naming(VENDOR_WORDS, allowed=VENDOR_SLICES) == []


@pytest.mark.asvs("V15.2.3")
def test_only_slices_with_vendors_know_of_twins() -> None:
    assert _naming((TWIN_WORD,), allowed=TWIN_SLICES) == []


def test_nobody_gathers_what_may_fail() -> None:
    """The first failure of a bare `gather` leaves the siblings running, with what they hold."""
    bare = [
        (m, node.lineno)
        for m in modules()
        if m.name not in GATHER_HOMES
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("asyncio.gather")
        and not any(keyword.arg == "return_exceptions" for keyword in node.keywords)
    ]
    assert _places(bare) == []
