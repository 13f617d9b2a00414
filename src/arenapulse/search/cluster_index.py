"""The index that a cluster keeps: what a document is there, and what of it is shown again."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from arenapulse.search.indexed import Document

TEMPLATE_VERSION: Final = 4
ALIAS: Final = "arenapulse-search"
WEIGHTS: Final = {"a": 4.0, "b": 2.0, "c": 1.2, "d": 0.2}
"""Of the fields that have a document's words by where they stand."""
BEGUN: Final = ("a", "b", "c")
"""Those in which a word that begins so says more than anywhere."""
ALL_WORDS: Final = "words"
BEGUN_MAX: Final = 3
"""First letters of a name that are found as a word."""

Query = dict[str, Any]


def template() -> Query:
    """Of every index behind the alias; a change of it raises `TEMPLATE_VERSION`."""
    # Of a word it is enough that it stands there: a field has each once.
    word: Query = {
        "type": "text",
        "analyzer": "whitespace",
        "norms": False,
        "index_options": "docs",
    }
    # Beginnings are words of their own: who looks for them need not read through all words.
    begun: Query = word | {"index_prefixes": {"min_chars": 2, "max_chars": 10}}
    key: Query = {"type": "keyword"}
    return {
        "index_patterns": [f"{ALIAS}-v{TEMPLATE_VERSION}-*"],
        "version": TEMPLATE_VERSION,
        "priority": 100,
        "template": {
            "settings": {"number_of_shards": 1, "refresh_interval": "500ms"},
            "mappings": {
                "dynamic": False,
                # What a hit shows is all that is read of it again.
                "_source": {"includes": ["document"]},
                "properties": {
                    **dict.fromkeys(WEIGHTS, word),
                    **dict.fromkeys((*BEGUN, ALL_WORDS), begun),
                    **dict.fromkeys(
                        ("id", "kind", "name_key", "begun", "city", "amenities", "status", "month"),
                        key,
                    ),
                    "spelling": key,
                    "currency": key,
                    "spot": {"type": "geo_point"},
                    "start_time": {"type": "date"},
                    "end_time": {"type": "date"},
                    "price_from": {"type": "long"},
                    "popularity": {"type": "short"},
                    "document": {"type": "object", "enabled": False},
                },
            },
        },
    }


def source(document: Document) -> Query:
    """A document as the cluster keeps it."""
    by_weight = document.by_weight()
    made: Query = {
        **by_weight,
        ALL_WORDS: " ".join(dict.fromkeys(" ".join(by_weight.values()).split())),
        "id": str(document.id),
        "kind": document.kind.value,
        "name_key": document.name_key,
        "begun": [document.name_key[:length] for length in range(1, BEGUN_MAX + 1)],
        "city": document.city,
        "amenities": list(document.amenities),
        "status": document.status,
        "month": document.month,
        "spelling": sorted(document.spelling()),
        "spot": {"lat": document.lat, "lon": document.lng},
        "start_time": document.start_time,
        "end_time": document.end_time,
        "price_from": document.price_from,
        "currency": document.currency,
        "popularity": document.popularity,
        "document": document,
    }
    return msgspec.to_builtins(made)
