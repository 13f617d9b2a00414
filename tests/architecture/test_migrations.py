"""Migrations are one line without forks, and `HEAD` names its end."""

from __future__ import annotations

import re

from alembic.script import ScriptDirectory

from arenapulse.migrations import run
from tests.architecture.tree import SOURCE

VERSIONS = SOURCE / "migrations" / "versions"
_NAME = re.compile(r"(\d{4})_(pre|post)_[a-z0-9_]+\.py\Z")


def test_they_are_linear_and_head_is_their_end() -> None:
    scripts = ScriptDirectory.from_config(run.config())
    assert scripts.get_heads() == [run.head()]
    assert len(scripts.get_bases()) == 1
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert in_order == [f"{number:04d}" for number in range(1, len(in_order) + 1)]


def test_their_names_say_number_moment_and_subject() -> None:
    numbers: list[str] = []
    for path in sorted(VERSIONS.glob("*.py")):
        if path.name == "__init__.py":
            continue
        named = _NAME.match(path.name)
        assert named, f"{path.name}: call it NNNN_pre_what.py or NNNN_post_what.py"
        text = path.read_text()
        assert f'revision = "{named[1]}"' in text
        numbers.append(named[1])
    assert numbers == sorted(set(numbers))


def test_they_go_forward_alone() -> None:
    # A way back that nobody runs is a way back that does not work: one mends by a new migration.
    for path in VERSIONS.glob("*.py"):
        assert "def downgrade" not in path.read_text(), path.name


def test_every_sql_function_is_created_by_a_migration() -> None:
    text = "".join(path.read_text() for path in VERSIONS.glob("*.py"))
    for path in (SOURCE / "migrations" / "sql").glob("*.sql"):
        assert f'"{path.stem}"' in text, path.name
