"""Which lines of the package a run of tests came by, for `coverage report`: a plug-in of pytest.

Before Python 3.12 a tracer is told of every line of every library, which costs as much again as the
tests themselves. This one writes marks into our modules as they are loaded, one for each straight
run of statements, set before the last of them: a run that was left half-way counts as not reached,
so the share is never too high. Of `except` and `case` the line counts with the first of its body.
`PYTEST_PLUGINS=tools.probes` brings it into each worker before anything of ours is imported; what
other processes run is not seen.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from coverage import CoverageData

PACKAGE = "arenapulse"
SOURCES = Path(__file__).parent.parent / "src" / PACKAGE
# Two blanks at the ends: no class renames it.
NAME = "__marks__"
BLOCKS = ("body", "orelse", "finalbody")


class Probed:
    """A module's tree with marks in it; `lines[n]` are those that mark `n` stands for."""

    def __init__(self, source: bytes, path: str) -> None:
        self.lines: list[tuple[int, ...]] = []
        self.marks = bytearray()
        tree = ast.parse(source, path)
        tree.body = self._block(tree.body)
        self.code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec")
        self.marks.extend(bytes(len(self.lines)))

    def reached(self) -> set[int]:
        return {line for n, lines in enumerate(self.lines) if self.marks[n] for line in lines}

    def _block(self, body: Sequence[ast.stmt], above: Iterable[int] = ()) -> list[ast.stmt]:
        """`above` are lines that are reached where the block is."""
        block: list[ast.stmt] = []
        waiting = list(above)
        for at, statement in enumerate(body):
            waiting.extend(_first_lines(statement))
            goes_on = not self._inside(statement) and at + 1 < len(body)
            if goes_on:
                block.append(statement)
            elif _must_lead(statement):
                block += [statement, self._mark(waiting, statement)]
            else:
                block += [self._mark(waiting, statement), statement]
            if not goes_on:
                waiting = []
        return block

    def _inside(self, statement: ast.stmt) -> bool:
        """Marks what a statement holds; whether it holds any."""
        blocks = [name for name in BLOCKS if getattr(statement, name, None)]
        for name in blocks:
            setattr(statement, name, self._block(getattr(statement, name)))
        for handler in getattr(statement, "handlers", ()):
            handler.body = self._block(handler.body, [handler.lineno])
        for case in getattr(statement, "cases", ()):
            case.body = self._block(case.body, [case.pattern.lineno])
        return bool(blocks) or hasattr(statement, "cases")

    def _mark(self, lines: Iterable[int], where: ast.stmt) -> ast.stmt:
        self.lines.append(tuple(lines))
        [mark] = ast.parse(f"{NAME}[{len(self.lines) - 1}] = 1").body
        for node in ast.walk(mark):
            ast.copy_location(node, where)
        return mark


def _first_lines(statement: ast.stmt) -> list[int]:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return [*(each.lineno for each in decorators), statement.lineno]


def _must_lead(statement: ast.stmt) -> bool:
    """A docstring, or what is wanted of `__future__`, with nothing behind it."""
    is_words = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_words or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")


class _Reader(SourceFileLoader):
    """Loads a module with marks, past the cache of compiled ones."""

    def exec_module(self, module: ModuleType) -> None:
        probed = READ[self.path] = Probed(self.get_data(self.path), self.path)
        module.__dict__[NAME] = probed.marks
        exec(probed.code, module.__dict__)  # noqa: S102 - as any loader does


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        loader: Loader | None = None if spec is None else spec.loader
        if spec is not None and isinstance(loader, SourceFileLoader):
            spec.loader = _Reader(fullname, loader.path)
        return spec


READ: dict[str, Probed] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if PACKAGE in sys.modules:
        raise RuntimeError(f"{PACKAGE} was loaded before its marks could be written")
    sys.meta_path.insert(0, _Finder())


def pytest_unconfigure() -> None:
    data = CoverageData(basename=".coverage", suffix=str(os.getpid()))
    data.add_lines({path: probed.reached() for path, probed in READ.items()})
    data.touch_files([str(each) for each in SOURCES.rglob("*.py")])
    data.write()
