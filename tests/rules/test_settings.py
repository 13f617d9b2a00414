"""Settings are read under their own names alone."""

from __future__ import annotations

import pytest

from arenapulse.core.settings import Settings


@pytest.mark.parametrize("name", ["SECRET", "SEED", "HOST", "PORT", "LOG_LEVEL", "RATE_LIMITS"])
def test_a_variable_of_another_program_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = Settings()
    monkeypatch.setenv(name, "3")
    assert Settings() == before


def test_a_setting_is_read_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENAPULSE_PORT", "8123")
    assert Settings().port == 8123
