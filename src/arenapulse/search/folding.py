"""Text as words that compare alike: no accents, no case, with the place each word stands at."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"\w+", re.UNICODE)
_APOSTROPHES: Final = re.compile("['’`´]")
# What decomposition leaves as it is.
_LETTERS: Final = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "_": " ",
    }
)
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
WORD_CHARACTERS_MAX: Final = 40


@dataclass(frozen=True)
class Word:
    """A folded word, how else it is written (`muenchen` beside `munchen`), and where it stood."""

    text: str
    other: str | None
    start: int
    end: int


def fold(text: str) -> str:
    """Without accents, case and ligatures."""
    if text.isascii():
        return text.lower().replace("_", " ")
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return bare.translate(_LETTERS)


def words(text: str) -> list[Word]:
    """The words of a text in order; `start` and `end` are places in `text`."""
    found: list[Word] = []
    # An apostrophe stands inside a word: women's is womens. Of one length, so places stay.
    shaped = _APOSTROPHES.sub("\u02bc", text)
    for match in _WORD.finditer(shaped):
        bare = match.group().replace("\u02bc", "")
        folded = fold(bare).replace(" ", "")[:WORD_CHARACTERS_MAX]
        if folded:
            found.append(Word(folded, _spelled_out(bare, folded), match.start(), match.end()))
    return found


def _spelled_out(bare: str, folded: str) -> str | None:
    if bare.isascii():
        return None
    lower = unicodedata.normalize("NFC", bare.casefold())
    if not any(letter in lower for letter in _UMLAUTS):
        return None
    spelled = fold("".join(_UMLAUTS.get(letter, letter) for letter in lower))
    return None if spelled == folded else spelled[:WORD_CHARACTERS_MAX]


def joined(text: str) -> str:
    """The folded words with one blank between, to compare whole names by."""
    return " ".join(word.text for word in words(text))
