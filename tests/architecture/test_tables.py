"""A table belongs to the slice whose migration made it; others ask that slice's face.

The SQL functions of the hot path are the exception, and stand together in `migrations/sql`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.architecture.tree import SOURCE, Module, modules

FOREIGN_READS: dict[str, str] = {
    "gates/queries.py orders": "when the holder of a ticket went in, in one statement",
    "gates/queries.py tickets": "when the holder of a ticket went in, in one statement",
    "outreach/queries.py orders": "whose news a buyer may want, in one statement",
    "outreach/queries.py events": "whose news a buyer may want, in one statement",
    "outreach/queries.py organizations": "whose news a buyer may want, in one statement",
    "payments/queries/personal.py orders": "what somebody paid who goes, in one statement",
    "orders/queries/spreading.py events": "whose sale it is, for who hears of it, in one statement",
    "activity/queries.py orders": "notes on the orders of somebody who goes, in one statement",
    "activity/queries.py events": "an organization's order by its number, in one statement",
    "payments/queries/__init__.py orders": "whether what is locked is disputed, in one statement",
    "payments/queries/invoices.py orders": "papers of somebody who goes, in one statement",
    "payments/queries/reconciling.py orders": "what an unpaid order came to, in one statement",
    "events/queries/seen.py stock": "an event with its counts, in one round trip of its page",
    "analytics/queries.py events": "whether a sale is over whose sources are forgotten, in a page",
    "waitlist/queries.py stock": "what of an event is free for those who wait, in one statement",
    "waitlist/queries.py events": "which of those waited for are on sale, in one statement",
    "waitlist/queries.py orders": "what became of what was offered, in one statement",
    "audit/queries.py audit_log": "the runtime writes it for everybody, this slice shows it",
}
# Made on the way of a slice's migration, and everybody's by a function of the runtime.
SHARED = {"audit_log": "runtime"}
_CREATED = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)")
_WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+([a-z_]+)")
_READS = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)")


@cache
def owners() -> dict[str, str]:
    """Each table's slice, the first word after `pre` or `post` in the name of its migration."""
    found: dict[str, str] = {}
    for path in sorted((SOURCE / "migrations" / "versions").glob("[0-9]*.py")):
        home = path.stem.split("_")[2].replace("foundation", "runtime")
        for table in _CREATED.findall(path.read_text()):
            found.setdefault(table, home)
    assert len(found) >= 15
    assert SHARED.keys() <= found.keys()
    return found | SHARED


def _texts(module: Module) -> Iterator[tuple[str, int]]:
    """String constants that are no docstrings."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value, node.lineno


def _foreign(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for module in modules():
        if module.slice in {"migrations", "entrypoints"}:
            continue
        for text, line in _texts(module):
            for table in pattern.findall(text):
                if owners().get(table, module.slice) != module.slice:
                    yield f"{module.name} {table}", f"{module.name}:{line} {table}"


def test_nobody_writes_a_table_of_another_slice() -> None:
    assert [place for _, place in _foreign(_WRITES)] == []


def test_nobody_reads_a_table_of_another_slice_without_a_reason() -> None:
    found = dict(_foreign(_READS))
    assert [place for key, place in found.items() if key not in FOREIGN_READS] == []
    assert FOREIGN_READS.keys() - found.keys() == set(), "a reason without a reader"


def test_models_are_of_the_slices_own_tables() -> None:
    strangers = [
        f"{module.name}: {node.value.value}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "__tablename__"
        and isinstance(node.value, ast.Constant)
        and owners().get(str(node.value.value)) != module.slice
    ]
    assert strangers == []


def test_models_are_used_by_their_own_slice_alone() -> None:
    strangers = [
        f"{module.name}:{line} {name}"
        for module in modules()
        for name, line in module.imports()
        if name.startswith("arenapulse.")
        and name.split(".")[2:3] == ["models"]
        and name.split(".")[1] != module.slice
    ]
    assert strangers == []
