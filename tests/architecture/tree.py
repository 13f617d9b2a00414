"""The project's own files, read once a run, for tests that judge the whole of them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "arenapulse"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the package; `name` is its path below it, like `orders/service.py`."""

    name: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def slice(self) -> str:
        return self.name.split("/")[0]

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def calls(self) -> Iterator[tuple[str, int]]:
        """Dotted names of what is called, like `time.time`, with the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno

    def imports(self) -> Iterator[tuple[str, int]]:
        """What is imported, whole dotted names of modules and of what is taken from them."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                yield node.module, node.lineno
                for alias in node.names:
                    yield f"{node.module}.{alias.name}", node.lineno


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the package."""
    paths = sorted(SOURCE.rglob("*.py"))
    assert len(paths) > 50, "the package is not where this test looks for it"
    return tuple(_read(path, below=SOURCE) for path in paths)


@cache
def judged_tests() -> tuple[Module, ...]:
    """Every Python file of tests and benches."""
    paths = sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "bench").rglob("*.py"))
    return tuple(_read(path, below=ROOT) for path in paths if "node_modules" not in path.parts)


def _read(path: Path, *, below: Path) -> Module:
    text = path.read_text()
    return Module(path.relative_to(below).as_posix(), text, ast.parse(text, filename=str(path)))


@cache
def tracked_files() -> tuple[Path, ...]:
    """What git knows; in a tree without git (an unpacked archive), what lies in the sources."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode == 0:
        return tuple(ROOT / name for name in listed.stdout.split("\0") if name)
    folders = ("src", "tests", "docs", "bench", "deploy")
    return tuple(p for f in folders for p in sorted((ROOT / f).rglob("*")) if p.is_file())
