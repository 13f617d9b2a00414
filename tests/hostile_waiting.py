"""The rules of the routes of waiting rooms, rehearsals and insights."""

from __future__ import annotations

from dataclasses import replace

from tests.hostile_kinds import Rule, Who, hidden

_FIGURES = Rule(Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001"))

WAITING_RULES: dict[str, Rule] = {
    "GET /analytics/events/{event_id}/channels": _FIGURES,
    "GET /analytics/events/{event_id}/prices": _FIGURES,
    "GET /analytics/events/{event_id}/replay": replace(_FIGURES, query="at=2026-11-01T10:00:00Z"),
    "GET /analytics/events/{event_id}/export.xlsx": _FIGURES,
    "GET /analytics/events/{event_id}/export.parquet": _FIGURES,
    "GET /analytics/organizations/{organization_id}/cohorts": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "POST /events/{event_id}/queue": Rule(
        Who.PERSON,
        {"laneCode": "members"},
        is_partial=True,
        is_optional=True,
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "GET /events/{event_id}/queue/serving": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/queue/draw": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/queue/tickets": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/queue/{token}": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/queue/{token}/leave": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/waiting-room": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "PATCH /events/{event_id}/waiting-room": Rule(
        Who.PERSON,
        {"paused": True},
        is_partial=True,
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "POST /events/{event_id}/waiting-room/lanes": Rule(
        Who.PERSON,
        {"name": "Members", "code": "MEMBER26", "share": 30},
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "PATCH /events/{event_id}/waiting-room/lanes/{lane}": Rule(
        Who.PERSON, {"share": 30}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "DELETE /events/{event_id}/waiting-room/lanes/{lane}": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/waiting-room/history": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/rehearsals": Rule(
        Who.PERSON, {"people": 10}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/rehearsals": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/rehearsals/{rehearsal_id}": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
}
