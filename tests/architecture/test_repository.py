"""What the repository as a whole holds and does not hold."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.tree import ROOT, tracked_files

# Hosts of package registries: which one serves is the machine's business, so a lock file that
# names one would tie everybody to it. In parts, or this file would hold what it forbids.
REGISTRIES = tuple(
    ".".join(parts).encode()
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("npm", "pkg", "github", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
    )
)
INDEX_LINES = re.compile(rb"(--index-url|--extra-index-url|--find-links|\"resolved\":)")
TEXT_BYTES_MAX = 3_000_000
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
)
# Made by the browser tests.
SCREENS = "docs/screens"
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


def test_no_registry_is_named() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {host.decode()}"
        for path in tracked_files()
        if path.is_file() and path.stat().st_size <= TEXT_BYTES_MAX
        for host in REGISTRIES
        if host in path.read_bytes()
    ]
    assert named == []


@pytest.mark.asvs("V15.1.2")
def test_lock_files_pin_versions_and_hashes_and_no_place() -> None:
    locks = [p for p in tracked_files() if p.name in {"requirements.lock", "package-lock.json"}]
    assert ROOT / "requirements.lock" in locks
    for lock in locks:
        content = lock.read_bytes()
        assert not INDEX_LINES.search(content), lock
        assert b"sha256:" in content or b'"integrity"' in content, lock


@pytest.mark.asvs("V15.1.2")
def test_every_dependency_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    locked = {
        line.split("==")[0].split("[")[0].lower()
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    }
    names = {re.split(r"[\[=><~! ]", requirement, maxsplit=1)[0].lower() for requirement in wanted}
    assert names - locked == set()


def test_every_document_is_there() -> None:
    missing = [name for name in DOCUMENTS if not (ROOT / name).is_file()]
    assert missing == []


def test_links_between_documents_lead_somewhere() -> None:
    documents = [p for p in tracked_files() if p.suffix == ".md" and "web" not in p.parts]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in documents
        for target in _LINK.findall(page.read_text())
        if not (page.parent / target).exists()
        and not (target.startswith(SCREENS) and not (ROOT / SCREENS).exists())
    ]
    assert dead == []


def test_every_decision_says_the_five_things() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(records) >= 6
    for number, record in enumerate(records, 1):
        text = record.read_text()
        assert record.name.startswith(f"{number:04d}-"), record.name
        for heading in ("Status:", "## Context", "## Decision", "## Consequences", "## Held by"):
            assert heading in text, f"{record.name} has no {heading}"
        held_by = text.split("## Held by")[1]
        named = re.findall(r"`((?:tests|bench)/[\w/.]+\.py)", held_by)
        assert named, f"{record.name} names no test"
        for path in named:
            assert (ROOT / path).is_file(), f"{record.name} names {path}, which is not there"
