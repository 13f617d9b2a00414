"""Limits on the shape of the code, so that it is read in screens and not in afternoons.

A file that outgrows its limit is split by use case (`service/place.py`), never into `utils`.
"""

from __future__ import annotations

import ast

import pytest

from tests.architecture.tree import ROOT, SOURCE, Function, Module, judged_tests, modules

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
POSITIONAL_MAX = 5
BRANCHES_MAX = 12
COMPONENT_LINES_MAX = 250
BANNED_NAMES = {"helper", "helpers", "util", "utils", "common", "manager", "misc", "base"}
# Drawings: there is nothing in it to understand.
DRAWINGS = {"icon-paths.tsx"}
# A method that a library calls has the library's signature.
OVERRIDES = {"runtime/socket/upstream.py _handle_event_internal"}
TEST_FOLDERS = ("api", "architecture", "contracts", "e2e", "races", "reactions", "rules")

EVERYTHING = modules() + judged_tests()
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Match, ast.IfExp)


def _ours(function: Function) -> list[ast.AST]:
    """The nodes of a function without those of the functions inside it."""
    found: list[ast.AST] = []
    queue = list(ast.iter_child_nodes(function))
    while queue:
        node = queue.pop()
        found.append(node)
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            queue.extend(ast.iter_child_nodes(node))
    return found


def _is_revision(module: Module) -> bool:
    return module.name.startswith("migrations/versions/")


def test_no_file_is_longer_than_ten_screens() -> None:
    long = {m.name: m.lines for m in EVERYTHING if m.lines > FILE_LINES_MAX}
    assert long == {}


def test_no_function_is_longer_than_a_screen_and_a_half() -> None:
    long = {
        f"{m.name}:{f.lineno} {f.name}": lines
        for m in modules()
        if not _is_revision(m)
        for f in m.functions()
        if (lines := (f.end_lineno or f.lineno) - f.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_no_function_takes_more_than_five_positional_parameters() -> None:
    wide = [
        f"{m.name}:{f.lineno} {f.name}"
        for m in modules()
        for f in m.functions()
        if f"{m.name} {f.name}" not in OVERRIDES
        and len([a for a in (*f.args.posonlyargs, *f.args.args) if a.arg not in {"self", "cls"}])
        > POSITIONAL_MAX
    ]
    assert wide == []


def test_no_function_branches_more_than_a_reader_can_hold() -> None:
    tangled = {
        f"{m.name}:{f.lineno} {f.name}": count
        for m in modules()
        for f in m.functions()
        if (count := sum(isinstance(node, _BRANCHES) for node in _ours(f))) > BRANCHES_MAX
    }
    assert tangled == {}


def test_no_import_stands_inside_a_function() -> None:
    # An arrow that hides in a function is one that nobody sees when they read the top of a file.
    hidden = [
        f"{m.name}:{node.lineno}"
        for m in EVERYTHING
        for f in m.functions()
        for node in _ours(f)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_file_is_named_after_nothing() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for folder in (SOURCE, ROOT / "tests", ROOT / "bench")
        for path in folder.rglob("*")
        if path.stem in BANNED_NAMES and "node_modules" not in path.parts
    ]
    assert vague == []


def test_no_component_is_longer_than_its_limit() -> None:
    components = [
        path
        for path in (ROOT / "web" / "src").rglob("*.tsx")
        if not path.name.endswith(".test.tsx") and path.name not in DRAWINGS
    ]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in components
        if (lines := path.read_text().count("\n")) > COMPONENT_LINES_MAX
    }
    assert long == {}


@pytest.mark.parametrize("folder", TEST_FOLDERS)
def test_each_kind_of_test_has_its_folder(folder: str) -> None:
    assert any((ROOT / "tests" / folder).rglob("test_*.py"))


def test_nothing_is_left_to_do_in_a_comment() -> None:
    # What is to do is an issue; a note in the code is read by nobody who plans.
    words = tuple("".join(parts) for parts in (("TO", "DO"), ("FIX", "ME"), ("XX", "X")))
    left = [
        f"{m.name}:{number}"
        for m in EVERYTHING
        for number, line in enumerate(m.text.splitlines(), 1)
        if any(word in line for word in words)
    ]
    assert left == []
