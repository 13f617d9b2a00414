"""What the index holds of an event or a venue."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.search.analysis import lexemes
from arenapulse.search.folding import joined, words
from arenapulse.search.terms import DOCUMENT_WORDS_MAX, Kind

_POSITION_MAX: Final = 16_000
_LEXICON_FROM: Final = 3


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a hit tells of an event or a venue; an event has its venue's `city`."""

    id: UUID
    kind: Kind
    organization_id: UUID
    name: str
    description: str
    venue_id: UUID
    venue_name: str
    city: str
    status: str | None = None
    start_time: dt.datetime | None = None
    price_from: int | None = None
    currency: str | None = None


class Document(Card, frozen=True, kw_only=True):
    """All of it: place and amenities are the venue's, and a venue has no time or price."""

    version: int
    country: str
    amenities: tuple[str, ...]
    lat: float
    lng: float
    end_time: dt.datetime | None = None
    month: str | None = None
    popularity: int = 0
    """How many go there, by powers of two."""

    @property
    def name_key(self) -> str:
        return joined(self.name)

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Its texts, each with its weight: a name says more than what stands beneath it."""
        venue = () if self.kind is Kind.VENUE else (("B", self.venue_name),)
        place = (("C", self.city), ("C", self.country), *(("C", each) for each in self.amenities))
        return (("A", self.name), *venue, *place, ("D", self.description))

    def vector(self) -> str:
        """Its words as a `tsvector` in text."""
        places: dict[str, list[str]] = {}
        start = 1
        for weight, text in self.fields():
            last = start
            for number, lexeme in lexemes(text):
                last = start + number
                if last > min(_POSITION_MAX, DOCUMENT_WORDS_MAX):
                    break
                places.setdefault(lexeme, []).append(f"{last}{weight}")
            # What stands in two fields does not stand side by side.
            start = last + 2
        return " ".join(f"'{lexeme}':{','.join(at[:200])}" for lexeme, at in places.items())

    def by_weight(self) -> dict[str, str]:
        """The same words for engines that keep a field for each weight."""
        found: dict[str, dict[str, None]] = {}
        for weight, text in self.fields():
            for _, lexeme in lexemes(text):
                found.setdefault(weight.lower(), {})[lexeme] = None
        return {weight: " ".join(words) for weight, words in found.items()}

    def spelling(self) -> frozenset[str]:
        """The words that near misses of a query may have meant."""
        found = (w for weight, text in self.fields() if weight != "D" for w in words(text))
        return frozenset(
            word.text
            for word in found
            if len(word.text) >= _LEXICON_FROM and not any(c.isdigit() for c in word.text)
        )

    def known(self) -> frozenset[str]:
        """Every form that stands in it."""
        return frozenset(lexeme for _, text in self.fields() for _, lexeme in lexemes(text))
