"""Writes docs/reference/asvs.md: each requirement of ASVS 5 up to level 2, with what holds it.

A test says which it holds by `@pytest.mark.asvs("V6.2.1", …)`; `asvs.toml` has the requirements in
our own words, and why one has no test or is not met.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "asvs.md"
REQUIREMENTS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text()
)["requirements"]
_HEAD = """# ASVS 5, level 2

<!-- Made by `make docs`; edit the source instead. -->

The requirements of OWASP's Application Security Verification Standard 5.0.0 of levels 1 and 2, by
their numbers there and in a few words of ours, and what holds each: the tests that carry its mark
(`@pytest.mark.asvs`), what else does, or why it is not met or not about us. Tests hold what is ours
to hold; they are no certificate.

| | level | | held by |
| --- | --- | --- | --- |
"""


def marked() -> dict[str, list[str]]:
    """The tests of each requirement, by file and name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, numbers in _marks(ast.parse(path.read_text())):
            for number in numbers:
                found[number].append(f"{path.relative_to(ROOT / 'tests')}::{test}")
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
    for number, about in REQUIREMENTS.items():
        held = "<br>".join(f"`{test}`" for test in tests.get(number, ()))
        rest = "; ".join(each for each in (held, about.get("why", "")) if each)
        rows.append(f"| {number} | {about['level']} | {about['name']} | {rest} |")
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
