"""Shows where a text says what was looked for: escaped HTML with `<mark>` alone."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from arenapulse.search.analysis import forms
from arenapulse.search.folding import WORD_CHARACTERS_MAX, Word, words
from arenapulse.search.synonyms import PHRASE_WORDS_MAX, PHRASES

_AROUND: Final = 80
_PHRASE_NAMES: Final = frozenset(PHRASES.values())
# Where letters alone decide: no apostrophe in a word, no accent, nothing that folding takes apart.
_PLAIN: Final = re.compile(r"[\x20-&(-^a-~\s]*")
_VOWEL: Final = re.compile("([aou])")


@dataclass(frozen=True)
class Sought:
    """The words that count as found, and beginnings of words that do."""

    lexemes: frozenset[str]
    beginnings: tuple[str, ...]
    _known: dict[str, bool] = field(default_factory=dict[str, bool], compare=False, repr=False)

    def has(self, word: Word) -> bool:
        return self._has(word.text) or (word.other is not None and self._has(word.other))

    def plain_spans(self, text: str) -> list[tuple[int, int]] | None:
        """Where it stands in a text of plain letters; None where more must be known.

        A stem has all but its last three letters from its word, which may have an `e` more behind a
        vowel (`ae` is `ä`), so few words are judged. The name of a phrase need not begin like it.
        """
        if self._candidates is None or not _PLAIN.fullmatch(text):
            return None
        found = self._candidates.finditer(text)
        return [
            each.span() for each in found if self._has(each.group().lower()[:WORD_CHARACTERS_MAX])
        ]

    @cached_property
    def _candidates(self) -> re.Pattern[str] | None:
        if not _PHRASE_NAMES.isdisjoint(self.lexemes):
            return None
        heads = {*(word[: max(1, len(word) - 3)] for word in self.lexemes), *self.beginnings}
        either = "|".join(_VOWEL.sub(r"\1e?", re.escape(head)) for head in sorted(heads))
        return re.compile(rf"\b(?:{either})\w*", re.IGNORECASE)

    def _has(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = text.startswith(self.beginnings) or (
                not self.lexemes.isdisjoint(forms(text))
            )
        return known


def mark(text: str, *, sought: Sought) -> str | None:
    """The text with what was found marked; None where nothing was."""
    spans = _spans(text, sought=sought)
    return _drawn(text, spans=spans, start=0, end=len(text)) if spans else None


def snippet(text: str, *, sought: Sought) -> str | None:
    """The surroundings of what was found first."""
    spans = _spans(text, sought=sought)
    if not spans:
        return None
    start, end = _cut(text, near=spans[0])
    shown = [span for span in spans if span[0] >= start and span[1] <= end]
    drawn = _drawn(text, spans=shown, start=start, end=end)
    return ("… " if start else "") + drawn + (" …" if end < len(text) else "")


def _cut(text: str, *, near: tuple[int, int]) -> tuple[int, int]:
    """About so many characters on both sides, without cutting a word."""
    start = max(0, near[0] - _AROUND)
    end = min(len(text), near[1] + _AROUND)
    if start:
        blank = text.find(" ", start, near[0])
        start = near[0] if blank < 0 else blank + 1
    if end < len(text):
        blank = text.rfind(" ", near[1], end)
        end = near[1] if blank < 0 else blank
    return start, end


def _spans(text: str, *, sought: Sought) -> list[tuple[int, int]]:
    plain = sought.plain_spans(text)
    if plain is not None:
        return plain
    found = words(text)
    spans: list[tuple[int, int]] = []
    place = 0
    while place < len(found):
        length = _phrase(found, place, lexemes=sought.lexemes)
        if length or sought.has(found[place]):
            last = found[place + max(length, 1) - 1]
            spans.append((found[place].start, last.end))
        place += max(length, 1)
    return spans


def _phrase(found: list[Word], place: int, *, lexemes: Collection[str]) -> int:
    for length in range(min(PHRASE_WORDS_MAX, len(found) - place), 1, -1):
        name = PHRASES.get(tuple(word.text for word in found[place : place + length]))
        if name in lexemes:
            return length
    return 0


def _drawn(text: str, *, spans: list[tuple[int, int]], start: int, end: int) -> str:
    parts: list[str] = []
    for begin, stop in spans:
        parts += (html.escape(text[start:begin]), "<mark>", html.escape(text[begin:stop]))
        parts.append("</mark>")
        start = stop
    return "".join([*parts, html.escape(text[start:end])])
