"""The generated pages say what the code says today."""

from __future__ import annotations

import ast

import pytest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints import reference
from tests.architecture.tree import ROOT, modules


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_page_is_fresh(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text()
    assert written == reference.PAGES[name](), "run `make docs` and commit what it changed"


def test_every_refusal_is_documented() -> None:
    page = reference.errors_page()
    for kind in reference.refusals():
        assert f"| `{kind.code}` | {kind.status} |" in page


def test_refusals_are_declared_in_errors_files_alone() -> None:
    documented = {kind.__name__ for kind in reference.refusals()} | {"Refusal", "Conflict"}
    strangers = [
        f"{m.name}:{node.lineno} {node.name}"
        for m in modules()
        if not m.name.endswith("/errors.py")
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).split(".")[-1] in documented for base in node.bases)
    ]
    assert strangers == []


def test_one_code_has_one_status() -> None:
    # Except what HTTP itself tells apart: a request that cannot be read has several statuses.
    statuses: dict[str, set[int]] = {}
    for kind in reference.refusals():
        statuses.setdefault(kind.code, set()).add(kind.status)
    assert statuses.pop("REQUEST001") == {400, 405, 408, 413, 415, 431}
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


@pytest.mark.asvs("V2.1.3", "V7.1.1", "V13.1.1")
def test_every_setting_is_described() -> None:
    page = reference.settings_page()
    for name, field in Settings.model_fields.items():
        assert field.alias, f"{name} has no variable"
        assert field.description, f"{name} does not say what it is for"
        assert f"| `{field.alias}` |" in page
