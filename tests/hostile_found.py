"""The rules of pictures and of search."""

from __future__ import annotations

from tests.hostile_kinds import Rule, Who, hidden

SEEN = frozenset({(403, "AUTH004")})
"""Everybody may see it; who may not do it is told so."""

FOUND: dict[str, Rule] = {
    "POST /venues/{venue_id}/media": Rule(
        Who.PERSON, {"contentType": "image/png", "size": 1_000}, unknown="VENUE001", foreign=SEEN
    ),
    "POST /venues/{venue_id}/media/{media_id}/complete": Rule(
        Who.PERSON, unknown="VENUE001", foreign=SEEN
    ),
    "DELETE /venues/{venue_id}/media/{media_id}": Rule(
        Who.PERSON, unknown="VENUE001", foreign=SEEN
    ),
    "POST /events/{event_id}/media": Rule(
        Who.PERSON,
        {"contentType": "image/png", "size": 1_000},
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "POST /events/{event_id}/media/{media_id}/complete": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "DELETE /events/{event_id}/media/{media_id}": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /search": Rule(Who.ANYONE),
    "GET /search/saved": Rule(Who.PERSON),
    "POST /search/saved": Rule(Who.PERSON, {"name": "Derbies", "query": {"q": "derby"}}),
    "DELETE /search/saved/{saved_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /search/suggest": Rule(Who.ANYONE),
}
