"""Shows where a text says what was looked for: escaped HTML with `<mark>` alone."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from arenapulse.search.analysis import forms
from arenapulse.search.folding import WORD_CHARACTERS_MAX, Word, words
from arenapulse.search.synonyms import PHRASE_WORDS_MAX, PHRASES

_AROUND: Final = 80
_PHRASE_NAMES: Final = frozenset(PHRASES.values())
_UMLAUTS: Final = ("ae", "oe", "ue")
_LETTERS: Final = re.compile(r"\w+", re.ASCII)
_SPECIAL: Final = re.compile("[&<>\"']")

Span = tuple[int, int]


@dataclass(frozen=True)
class Sought:
    """The words that count as found, and beginnings of words that do."""

    lexemes: frozenset[str]
    beginnings: tuple[str, ...]
    _known: dict[str, bool] = field(default_factory=dict[str, bool], compare=False, repr=False)

    def has(self, word: Word) -> bool:
        return self._has(word.text) or (word.other is not None and self._has(word.other))

    def plain_spans(self, text: str) -> list[Span] | None:
        """Where it stands in a text of plain letters, which this is; None where more must be known.

        A stem has all but its last three letters from its word, but for an `e` behind a vowel (`ae`
        is `ä`): what begins otherwise and has none is no candidate. The name of a phrase need not
        begin like it. A pattern of the query's own would cost more than to look for each beginning.
        """
        if self._heads is None:
            return None
        low = text.lower()
        found: dict[int, int] = {}
        for sign in (*self._heads, *_UMLAUTS):
            at = low.find(sign)
            while at >= 0:
                start = _beginning(low, at) if sign in _UMLAUTS else at
                if start not in found and (start == 0 or not low[start - 1].isalnum()):
                    found[start] = self._end(low, start)
                at = low.find(sign, at + 1)
        return sorted((start, end) for start, end in found.items() if end)

    def _end(self, low: str, start: int) -> int:
        """Where the word that begins there ends; 0 where it is not sought."""
        word = _LETTERS.match(low, start)
        assert word is not None
        return word.end() if self._has(word.group()[:WORD_CHARACTERS_MAX]) else 0

    @cached_property
    def _heads(self) -> list[str] | None:
        if not _PHRASE_NAMES.isdisjoint(self.lexemes):
            return None
        heads = {*(word[: max(1, len(word) - 3)] for word in self.lexemes), *self.beginnings}
        # What begins like another one is found by that.
        return [h for h in heads if not any(h.startswith(o) for o in heads if o != h)]

    def _has(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = text.startswith(self.beginnings) or (
                not self.lexemes.isdisjoint(forms(text))
            )
        return known


def _beginning(low: str, at: int) -> int:
    """Where the word around this letter begins; within it where that is too far to matter.

    A word is judged by its first letters.
    """
    least = max(0, at - WORD_CHARACTERS_MAX)
    while at > least and low[at - 1].isalnum():
        at -= 1
    return at


def find(texts: Sequence[str], *, sought: Sought) -> list[list[Span]]:
    """Where each of the texts says it; those of plain letters are read as one."""
    whole = "\n".join(texts)
    if _is_plain(whole):
        plain = [True] * len(texts)
    else:
        plain = [_is_plain(text) for text in texts]
        whole = "\n".join(text for text, is_plain in zip(texts, plain, strict=True) if is_plain)
    read = sought.plain_spans(whole)
    if read is None:
        return [_look(text, sought=sought) for text in texts]
    found: list[list[Span]] = []
    at = start = 0
    for text, is_plain in zip(texts, plain, strict=True):
        if not is_plain:
            found.append(_look(text, sought=sought))
            continue
        end = start + len(text)
        spans: list[Span] = []
        while at < len(read) and read[at][0] < end:
            spans.append((read[at][0] - start, read[at][1] - start))
            at += 1
        found.append(spans)
        start = end + 1
    return found


def mark(text: str, *, spans: Sequence[Span]) -> str:
    """The text with what was found marked."""
    return _drawn(text, spans=spans, start=0, end=len(text))


def snippet(text: str, *, spans: Sequence[Span]) -> str:
    """The surroundings of what was found first."""
    start, end = _cut(text, near=spans[0])
    shown = [span for span in spans if span[0] >= start and span[1] <= end]
    drawn = _drawn(text, spans=shown, start=start, end=end)
    return ("… " if start else "") + drawn + (" …" if end < len(text) else "")


def _cut(text: str, *, near: Span) -> Span:
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


def _is_plain(text: str) -> bool:
    """Letters alone decide: no apostrophe in a word, nothing that folding takes apart."""
    return text.isascii() and not ("'" in text or "`" in text or "_" in text)


def _look(text: str, *, sought: Sought) -> list[Span]:
    """Each word is judged."""
    found = words(text)
    spans: list[Span] = []
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


def _drawn(text: str, *, spans: Sequence[Span], start: int, end: int) -> str:
    parts: list[str] = []
    for begin, stop in spans:
        parts += (text[start:begin], text[begin:stop])
        start = stop
    parts.append(text[start:end])
    if _SPECIAL.search(text):
        parts = [html.escape(part) for part in parts]
    for place in range(1, len(parts), 2):
        parts[place] = f"<mark>{parts[place]}</mark>"
    return "".join(parts)
