"""German calls its reader "du" on every page and in every message: one house, one voice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

GERMAN = [
    *sorted((ROOT / "web/src/shared/i18n/locales/de").glob("*.json")),
    ROOT / "src/arenapulse/notifications/templates/de.toml",
]
# "Sie" that begins a sentence may be "they"; within one it is a person who is kept at a distance.
FORMAL = re.compile(r"[\w,;:] Sie\b|\bIhnen\b|\bIhre[mnrs]?\b|\bIhr\b(?! habt)")


@pytest.mark.parametrize("words", GERMAN, ids=lambda path: path.name)
def test_nobody_is_kept_at_a_distance(words: Path) -> None:
    assert [found.group() for found in FORMAL.finditer(words.read_text("utf-8"))] == []
