"""The page of ASVS says what the marks of the tests do, and no area is without test or reason."""

from __future__ import annotations

from tools import asvs


def test_every_area_has_a_test_or_a_reason() -> None:
    tests = asvs.marked()
    assert tests.keys() <= asvs.AREAS.keys()
    bare = [area for area, about in asvs.AREAS.items() if area not in tests and "why" not in about]
    assert bare == []


def test_the_page_is_what_the_marks_say() -> None:
    assert asvs.PAGE.read_text() == asvs.page(), "make docs"
