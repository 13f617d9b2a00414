"""What the machine calls something stands in words where people read it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any, Final

from arenapulse.runtime.jobs.due import Kind
from tests.architecture.tree import ROOT
from tests.audited import AUDITED

WORDS: Final[dict[str, Any]] = json.loads(
    (ROOT / "web/src/shared/i18n/locales/en/settings.json").read_text()
)
# What the log has without a route of its own.
BESIDE: Final = {
    *("sign_in.refused", "sign_in.limited", "refresh.reused", "due.dismiss"),
    *("mfa.refused", "mfa.limited", "passkey.refused", "identity.factors_dropped"),
    *("waitingroom.lane_code", "access.refused"),
}


def _named(words: dict[str, dict[str, str]]) -> set[str]:
    return {f"{group}.{name}" for group, names in words.items() for name in names}


def test_every_deed_of_the_audit_log_has_words_and_no_words_are_left_over() -> None:
    assert _named(WORDS["set"]["deed"]) == {*AUDITED.values(), *BESIDE}


def _kinds(of: type[Kind[Any, Any]]) -> Iterator[str]:
    for each in of.__subclasses__():
        if each.__module__.startswith("arenapulse.") and "name" in vars(each):
            yield each.name
        yield from _kinds(each)


def test_every_kind_of_due_work_has_words() -> None:
    # Who wires all slices has loaded every kind.
    importlib.import_module("arenapulse.wiring")
    assert _named(WORDS["adm"]["due"]) == set(_kinds(Kind))
