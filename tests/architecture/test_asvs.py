"""The page of ASVS says what the marks of the tests do; none is without a test or a reason."""

from __future__ import annotations

from tools import asvs


def test_every_requirement_has_a_test_or_a_reason() -> None:
    tests = asvs.marked()
    assert tests.keys() <= asvs.REQUIREMENTS.keys()
    assert len(asvs.REQUIREMENTS) == 253, "those of levels 1 and 2 in ASVS 5.0.0"
    bare = [
        number
        for number, about in asvs.REQUIREMENTS.items()
        if number not in tests and "why" not in about
    ]
    assert bare == []


def test_the_page_is_what_the_marks_say() -> None:
    assert asvs.PAGE.read_text() == asvs.page(), "make docs"
