"""Writes docs/reference/asvs.md: each area of ASVS 5 at level 2, with the tests that hold it.

A test says which areas it holds by `@pytest.mark.asvs("V6.2", …)`; `asvs.toml` names the areas, and
why one has no test.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "asvs.md"
AREAS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())[
    "areas"
]
_HEAD = """# ASVS 5, level 2

<!-- Made by `make docs`; edit the source instead. -->

The areas of OWASP's Application Security Verification Standard 5.0 that have requirements of level
2, and what holds each: the tests that carry its mark (`@pytest.mark.asvs`), or why there is none.
An area's tests hold what of it is ours to hold; they are no certificate.

| area | | held by |
| --- | --- | --- |
"""


def marked() -> dict[str, list[str]]:
    """The tests of each area, by file and name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, areas in _marks(ast.parse(path.read_text())):
            for area in areas:
                found[area].append(f"{path.relative_to(ROOT / 'tests')}::{test}")
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs":
                    yield node.name, [str(ast.literal_eval(each)) for each in mark.args]


def page() -> str:
    tests = marked()
    rows: list[str] = []
    for area, about in AREAS.items():
        held = "<br>".join(f"`{test}`" for test in tests.get(area, ()))
        why = about.get("why", "")
        rows.append(f"| {area} | {about['name']} | {'; '.join(x for x in (held, why) if x)} |")
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
