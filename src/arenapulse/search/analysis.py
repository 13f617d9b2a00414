"""What is looked for, and what it is found by: stems of three languages, synonyms, near misses.

Both sides go through here, so that what is written to the index is what a query asks for. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, Final

import snowballstemmer
from rapidfuzz.distance import OSA

from arenapulse.search.folding import Word, words
from arenapulse.search.synonyms import GROUPS, OPTIONAL, PHRASE_WORDS_MAX, PHRASES
from arenapulse.search.terms import TERMS_MAX

LANGUAGES: Final = ("english", "german", "spanish")
_STEMMERS: Final[tuple[Any, ...]] = tuple(
    snowballstemmer.stemmer(name)  # pyright: ignore[reportUnknownMemberType]
    for name in LANGUAGES
)
# Shorter words are other words when a letter changes.
_FORGIVEN_FROM: Final = 4
_TWICE_FORGIVEN_FROM: Final = 8
PIECE_CHARACTERS: Final = 9
"""Near misses are found by the head of a word: what is wrong behind it is judged by distance."""


@dataclass(frozen=True)
class Term:
    """A word of a query: itself, its stems, and what else means the same."""

    text: str
    forms: tuple[str, ...]
    others: tuple[str, ...]
    is_optional: bool
    start: int
    end: int

    @property
    def may_be_misspelt(self) -> bool:
        return (
            not self.is_optional
            and len(self.text) >= _FORGIVEN_FROM
            and not any(letter.isdigit() for letter in self.text)
        )


@lru_cache(maxsize=65_536)
def stems(word: str) -> tuple[str, ...]:
    """The word in its stems, without itself."""
    if not word.isalpha():
        return ()
    found: tuple[str, ...] = tuple(str(stemmer.stemWord(word)) for stemmer in _STEMMERS)
    return tuple(dict.fromkeys(stem for stem in found if stem and stem != word))


@lru_cache(maxsize=65_536)
def forms(word: str) -> tuple[str, ...]:
    return (word, *stems(word))


@lru_cache(maxsize=16_384)
def _synonyms(word: str) -> tuple[str, ...]:
    same = [other for form in forms(word) for other in GROUPS.get(form, ())]
    return tuple(dict.fromkeys(form for other in same for form in forms(other)))


def terms(query: str) -> list[Term]:
    """The words of a query, at most so many; phrases that are one thing are one term."""
    found = words(query)[: 2 * TERMS_MAX]
    made: list[Term] = []
    place = 0
    while place < len(found) and len(made) < TERMS_MAX:
        length, name = _phrase(found, place)
        made.append(_term(found[place : place + length], name=name))
        place += length
    return made


def _term(parts: Sequence[Word], *, name: str) -> Term:
    own = [name, *(parts[0].other or "",)] if len(parts) == 1 else [name]
    mine = tuple(dict.fromkeys(form for word in own if word for form in forms(word)))
    others = tuple(other for other in _synonyms(name) if other not in mine)
    is_small = len(parts) == 1 and name in OPTIONAL
    return Term(name, mine, others, is_small, parts[0].start, parts[-1].end)


def _phrase(found: Sequence[Word], place: int) -> tuple[int, str]:
    """How many words from here on are one, and its name."""
    for length in range(min(PHRASE_WORDS_MAX, len(found) - place), 1, -1):
        name = PHRASES.get(tuple(word.text for word in found[place : place + length]))
        if name is not None:
            return length, name
    return 1, found[place].text


def lexemes(text: str) -> Iterator[tuple[int, str]]:
    """What a text is found by: for each word its number and its forms, for phrases their name."""
    found = words(text)
    for number, word in enumerate(found):
        yield from ((number, form) for form in forms(word.text))
        if word.other is not None:
            yield from ((number, form) for form in forms(word.other))
        length, name = _phrase(found, number)
        if length > 1:
            yield number, name


def corrected(query: str, meant: Mapping[Term, Sequence[str]]) -> str | None:
    """The query with what its words meant, None where nothing was meant otherwise."""
    made, end = "", 0
    for term, words_meant in sorted(meant.items(), key=lambda each: each[0].start):
        made += query[end : term.start] + words_meant[0]
        end = term.end
    return made + query[end:] if end else None


def edits_allowed(word: str) -> int:
    if len(word) < _FORGIVEN_FROM:
        return 0
    return 1 if len(word) < _TWICE_FORGIVEN_FROM else 2


def pieces(word: str) -> frozenset[str]:
    """The head of a word with up to so many letters left out: two near misses share a piece."""
    head = word[:PIECE_CHARACTERS]
    found = {head}
    for count in range(1, edits_allowed(word) + 1):
        for left_out in combinations(range(len(head)), count):
            found.add("".join(c for place, c in enumerate(head) if place not in left_out))
    return frozenset(found)


def nearest(word: str, candidates: Iterable[str], *, count: int) -> list[str]:
    """The candidates that the word may have meant, whole or as their beginning; nearest first."""
    most = edits_allowed(word)
    judged: list[tuple[int, int, str]] = []
    for candidate in candidates:
        # Letters to change, leave out, put in or swap with their neighbour; `most` + 1 if more.
        whole = OSA.distance(word, candidate, score_cutoff=most)
        head = OSA.distance(word, candidate[: len(word)], score_cutoff=most)
        if min(whole, head) <= most:
            judged.append((min(whole, head), whole, candidate))
    best = min((each[0] for each in judged), default=0)
    # What is one letter away is meant, not what is two away.
    return [candidate for near, _, candidate in sorted(judged) if near == best][:count]
