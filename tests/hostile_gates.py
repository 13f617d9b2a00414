"""The rules of the routes of tickets in hand and of gates."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.hostile_kinds import Rule, Who, hidden

_KEY = (
    generate_private_key(65_537, 2_048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
GOOGLE_ISSUER = {
    "issuerId": "3388000000000000001",
    "serviceAccount": "passes@club.test",
    "privateKey": _KEY,
}
GATE_RULES = {"reentry": True, "zones": [{"name": "Inner"}], "gates": [{"name": "A"}]}
SCAN = {
    "code": "AP1",
    "gate": "A",
    "deviceId": "device-1",
    "clientId": "scan-1",
}

GATE_ROUTES: dict[str, Rule] = {
    "GET /tickets": Rule(Who.PERSON),
    "GET /tickets/{ticket_id}": Rule(Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")),
    "GET /tickets/{ticket_id}/answers": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "PUT /tickets/{ticket_id}/answers": Rule(
        Who.PERSON,
        {"name": "Ada"},
        is_partial=True,
        unknown="TICKET001",
        foreign=hidden("TICKET001"),
    ),
    "GET /orders/{order_id}/answers": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "PUT /orders/{order_id}/answers": Rule(
        Who.PERSON,
        {"answers": {}},
        is_partial=True,
        unknown="ORDER001",
        foreign=hidden("ORDER001"),
    ),
    "GET /events/{event_id}/questions": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "PUT /events/{event_id}/questions": Rule(
        Who.PERSON,
        {"holderNames": True},
        is_partial=True,
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "GET /events/{event_id}/attendees/export.csv": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/attendees/export.xlsx": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /tickets/{ticket_id}/code": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /tickets/{ticket_id}/pdf": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /tickets/{ticket_id}/wallet": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /tickets/{ticket_id}/passes": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /tickets/{ticket_id}/apple-pass": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /tickets/{ticket_id}/google-pass": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /organizations/{organization_id}/pass-certificates": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "PUT /organizations/{organization_id}/pass-certificates": Rule(
        Who.PERSON,
        {"google": GOOGLE_ISSUER},
        is_partial=True,
        unknown="NOTFOUND001",
        foreign=hidden("NOTFOUND001"),
    ),
    "POST /tickets/{ticket_id}/reissue": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "POST /tickets/{ticket_id}/transfer": Rule(
        Who.PERSON, {"email": "friend@fans.test"}, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "GET /tickets/{ticket_id}/transfer": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "DELETE /tickets/{ticket_id}/transfer": Rule(
        Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")
    ),
    "POST /tickets/transfers/{token}/accept": Rule(Who.PERSON, unknown="TICKET001"),
    "POST /events/{event_id}/checkins": Rule(
        Who.PERSON, SCAN, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/checkins/batch": Rule(
        Who.PERSON, {"checkins": [SCAN]}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/checkins/manifest": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/gates/rules": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "PUT /events/{event_id}/gates/rules": Rule(
        Who.PERSON,
        GATE_RULES,
        is_partial=True,
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "GET /events/{event_id}/gates/live": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/gates/conflicts": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/gates/devices": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/gates/devices": Rule(
        Who.PERSON, {"name": "Lane 2"}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "DELETE /events/{event_id}/gates/devices/{device_id}": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /gate-devices": Rule(Who.MAYBE, {"code": "not-a-code-that-anybody-made"}),
    "PUT /events/{event_id}/wait-list": Rule(
        Who.PERSON, {"quantity": 2}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/wait-list": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "DELETE /events/{event_id}/wait-list": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /events/{event_id}/wait-list/counts": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
}
