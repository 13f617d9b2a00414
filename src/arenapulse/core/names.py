"""Names that people read and keys that are compared: one rule for each, used by all.

A name is stored as `line` gives it. Codes and labels (promo codes, row labels, price levels) and
what is searched for are the same if their `key`s are; PostgreSQL folds letters in another way, so a
key that it compares has a column.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Before it is normalized a text may be so much longer: three marks beside each letter.
_RAW_FACTOR: Final = 4
# Control characters, line and paragraph separators, halves of surrogate pairs.
_NOT_IN_LINES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# What turns the text around a name.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Unicode's Default_Ignorable_Code_Point: nothing is drawn for them.
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_BLANKS: Final = "\u200b\u2060\ufeff\u2800"
_VISIBLE: Final = frozenset("LNPS")


def line(text: str, *, length_max: int, length_min: int = 1) -> str:
    """A name as it is stored: NFC, without blanks at its ends, and something to see in it.

    Raises `ValueError` for what is no such line.
    """
    if len(text) > _RAW_FACTOR * length_max:
        raise ValueError(f"must have at most {length_max} characters")
    made = _trimmed(unicodedata.normalize("NFC", text))
    if len(made) > length_max:
        raise ValueError(f"must have at most {length_max} characters")
    if any(unicodedata.category(c) in _NOT_IN_LINES or c in _TURNING for c in made):
        raise ValueError("must be one line without control characters")
    if (made or length_min) and not any(_is_visible(c) for c in made):
        raise ValueError("must hold a visible character")
    return made


def key(text: str) -> str:
    """What codes and labels are compared by: NFKC and one case folding, blanks at ends ignored."""
    if text.isascii():
        return text.strip().lower()
    folded = unicodedata.normalize("NFD", text)
    # Twice: what is folded may compose anew, and what is composed fold.
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", _IGNORED.sub("", folded).casefold())
    return _trimmed(_IGNORED.sub("", folded))


def _trimmed(text: str) -> str:
    bare = text.strip()
    while bare and (bare[0] in _BLANKS or bare[-1] in _BLANKS):
        bare = bare.strip(_BLANKS).strip()
    return bare


def _is_visible(character: str) -> bool:
    return (
        unicodedata.category(character)[0] in _VISIBLE
        and character not in _BLANKS
        and not _IGNORED.match(character)
    )
