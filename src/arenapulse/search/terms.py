"""Words and limits of search."""

from __future__ import annotations

import enum
from typing import Final

QUERY_CHARACTERS_MAX: Final = 200
TERMS_MAX: Final = 12
"""Words of a query that are looked for; what stands behind them is not."""
DOCUMENT_WORDS_MAX: Final = 600
DESCRIPTION_CHARACTERS_MAX: Final = 4_000
SUGGESTIONS_MAX: Final = 8
FACET_VALUES_MAX: Final = 50
RADIUS_KM_MAX: Final = 20_040
TOGETHER_MAX: Final = 20
SAVED_MAX: Final = 20
"""Searches that one person keeps."""
SAVED_RADIUS_KM: Final = 50.0
"""What is near, for a saved search that does not say."""
INDEX_PAGE: Final = 200
"""Documents that are written in one transaction."""


class Kind(enum.StrEnum):
    EVENT = "event"
    VENUE = "venue"


class Sort(enum.StrEnum):
    RELEVANCE = "relevance"
    DATE = "date"
    PRICE = "price"
    DISTANCE = "distance"
