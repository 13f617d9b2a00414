"""One rule for names, one for keys."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from arenapulse.core.names import key, line

ALL = (chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF)
CHANGING = [
    c
    for c in ALL
    if unicodedata.normalize("NFKC", c.casefold()) != c or unicodedata.category(c) in ("Mn", "Cf")
]


@pytest.mark.asvs("V1.1.1")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Harbour Derby\u00a0", "Harbour Derby"),
        ("Cafe\u0301 Bühne", "Café Bühne"),
        ("\ufeff\u200bNorth\u2060 ", "North"),
        ("שלום", "שלום"),
        ("England 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        ("Family 👨\u200d👩\u200d👧", None),
        ("I ❤\ufe0f", None),
        ("x" * 200, None),
        ("e\u0301" * 200, "é" * 200),
    ],
)
def test_names_are_composed_and_trimmed(given: str, kept: str | None) -> None:
    assert line(given, length_max=200) == (given if kept is None else kept)


@pytest.mark.parametrize(
    "given",
    [
        *("", "   ", "\u00a0\u3000", "\u200b\u200b", "\u2060", "\u00ad", "\u3164\uffa0", "\u2800"),
        *("\u0301", "\ufe0f", "\u180e", "\U000e0041"),
        *("two\nlines", "a\tb", "a\x00b", "a\x07b", "a\x85b", "a\u2028b", "\ud800"),
        *("evil\u202egnp.exe", "\u2066a\u2069", "a\u202a"),
        *("x" * 201, "e\u0301" * 201, "\u0301" * 100_000),
    ],
)
def test_other_things_are_no_names(given: str) -> None:
    with pytest.raises(ValueError, match="must"):
        line(given, length_max=200)


def test_a_line_that_may_be_empty_may_be_blank_and_not_invisible() -> None:
    assert line("  ", length_max=300, length_min=0) == ""
    with pytest.raises(ValueError, match="visible"):
        line("\u3164", length_max=300, length_min=0)


@pytest.mark.parametrize(
    "alike",
    [
        (
            "SPRING",
            "spring",
            " Spring\u00a0",
            "\uff33\uff30\uff32\uff29\uff2e\uff27",
            "SPR\u200bING",
        ),
        ("ΟΔΟΣ", "οδος", "οδοσ", "Οδός".replace("ό", "ο")),
        ("İZMİR", "i\u0307zmi\u0307r"),
        ("Straße", "STRASSE", "STRAẞE"),
        ("Café", "CAFE\u0301", "cafe\u0301"),
        ("\ufb01nal", "FINAL"),
        ("\u212b", "Å", "a\u030a"),
    ],
)
def test_keys_are_the_same_however_a_code_is_typed(alike: tuple[str, ...]) -> None:
    assert len({key(text) for text in alike}) == 1


def test_keys_differ_where_codes_do() -> None:
    assert len({key(text) for text in ("a", "b", "a b", "ab", "ä", "1", "i", "İ", "ı")}) == 9


def test_the_key_of_a_key_is_itself_and_so_is_that_of_a_name() -> None:
    for character in CHANGING:
        text = f"a{character}\u0301b{character}c"
        made = key(text)
        assert key(made) == made, hex(ord(character))
        if character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
            assert key(line(text, length_max=20)) == made, hex(ord(character))
