"""The rule of every route: who may call it, a body that would be right, what ids are answered by.

`tests/api/test_hostile.py` sends each route everything that is wrong.
"""

from __future__ import annotations

from dataclasses import replace

from tests.hostile_bodies import (
    CARD,
    CHART,
    EVENT,
    MEMBER,
    ORDER,
    PREFERENCES,
    PROMO,
    REFRESH,
    REGISTRATION,
    TIER,
    VENUE,
)
from tests.hostile_found import FOUND
from tests.hostile_gates import GATE_ROUTES
from tests.hostile_kinds import Rule, Who, hidden
from tests.hostile_money import MONEY
from tests.hostile_series import SERIES
from tests.hostile_waiting import WAITING_RULES

__all__ = ["RULES", "Rule", "Who"]


SEEN = frozenset({(403, "AUTH004")})
"""Everybody may see it; who may not do it is told so."""

CAMPAIGN = {
    "segment": {"kind": "HOLDERS"},
    "template": "gate_changed",
    "gate": "Gate C",
    "channels": ["EMAIL"],
}

CLIENT_EVENTS = {"events": [{"type": "view", "sessionId": "t", "at": "2026-11-01T10:00:00Z"}]}
WEBHOOK = {"url": "https://93.184.216.34/hook", "events": ["order.confirmed"]}
OF_ORGANIZATION = Rule(Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001"))
WORDS = "/organizations/{organization_id}/message-templates/{template}/{locale}"
OWN_WORDS = {"subject": "See you, {{ name }}"}
FIGURES = Rule(Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001"))

PASSKEY_MADE = {
    "id": "eA",
    "rawId": "eA",
    "type": "public-key",
    "response": {"clientDataJSON": "eA", "attestationObject": "eA"},
}
PASSKEY_SHOWN = {
    "id": "eA",
    "rawId": "eA",
    "type": "public-key",
    "response": {"clientDataJSON": "eA", "authenticatorData": "eA", "signature": "eA"},
}
RULES: dict[str, Rule] = {
    **MONEY,
    **WAITING_RULES,
    **FOUND,
    **GATE_ROUTES,
    **SERIES,
    "GET /admin/flags": Rule(Who.PERSON),
    "PUT /admin/flags": Rule(Who.PERSON, {"flags": {}}),
    "POST /analytics/events": Rule(Who.MAYBE, CLIENT_EVENTS),
    "GET /analytics/events/{event_id}/summary": FIGURES,
    "GET /analytics/events/{event_id}/timeseries": FIGURES,
    "GET /analytics/events/{event_id}/funnel": FIGURES,
    "GET /analytics/events/{event_id}/sections": FIGURES,
    "GET /analytics/events/{event_id}/attention": FIGURES,
    "GET /analytics/events/{event_id}/export.csv": FIGURES,
    "GET /admin/audit": Rule(Who.ADMIN),
    "GET /admin/audit/export.csv": Rule(Who.ADMIN),
    "GET /admin/audit/chain": Rule(Who.ADMIN),
    "GET /admin/organizations": Rule(Who.ADMIN),
    "GET /admin/webhooks": Rule(Who.ADMIN),
    "GET /admin/health": Rule(Who.ADMIN),
    "POST /admin/due": Rule(Who.PERSON, {"kind": "x", "key": "y", "deed": "RETRY"}),
    "GET /organizations/{organization_id}/audit": OF_ORGANIZATION,
    "GET /organizations/{organization_id}/audit/export.csv": OF_ORGANIZATION,
    "GET /organizations/{organization_id}/webhooks": OF_ORGANIZATION,
    "POST /organizations/{organization_id}/webhooks": replace(OF_ORGANIZATION, body=WEBHOOK),
    "PATCH /organizations/{organization_id}/webhooks/{webhook_id}": replace(
        OF_ORGANIZATION, body=WEBHOOK, is_partial=True
    ),
    "DELETE /organizations/{organization_id}/webhooks/{webhook_id}": OF_ORGANIZATION,
    "GET /organizations/{organization_id}/webhooks/{webhook_id}/deliveries": OF_ORGANIZATION,
    "POST /organizations/{organization_id}/webhooks/{webhook_id}/deliveries/{delivery_id}"
    "/replay": OF_ORGANIZATION,
    "GET /events/{event_id}/messages": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/messages": Rule(
        Who.PERSON, CAMPAIGN, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/messages/{campaign_id}/approve": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/messages/{campaign_id}/stop": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /users/me/news": Rule(Who.PERSON),
    "PUT /users/me/news/{organization_id}": Rule(
        Who.PERSON, {"agreed": True}, unknown="NOTFOUND001"
    ),
    "GET /webhooks/unsubscribe/{token}": Rule(Who.ANYONE),
    "POST /webhooks/unsubscribe/{token}": Rule(Who.ANYONE, unknown="NOTFOUND001"),
    "POST /auth/register": Rule(Who.ANYONE, REGISTRATION),
    "POST /auth/guest": Rule(Who.ANYONE),
    "POST /auth/guest/claim": Rule(
        Who.GUEST, {"email": "guest@fans.test", "fullName": "New Guest"}
    ),
    "POST /auth/login": Rule(Who.ANYONE, {"email": "a@fans.test", "password": "wrong one"}),
    "POST /auth/mfa/verify": Rule(Who.ANYONE, {"mfaToken": "not-a-token", "code": "123456"}),
    "GET /auth/mfa": Rule(Who.PERSON),
    "POST /auth/mfa/totp": Rule(Who.PERSON, is_bare=True),
    "POST /auth/mfa/totp/confirm": Rule(Who.PERSON, {"code": "123456"}),
    "DELETE /auth/mfa/totp": Rule(Who.PERSON, {"code": "123456"}),
    "POST /auth/mfa/recovery-codes": Rule(Who.PERSON),
    "POST /auth/step-up": Rule(Who.PERSON, {"code": "123456"}, is_partial=True),
    "GET /auth/passkeys": Rule(Who.PERSON),
    "POST /auth/passkeys/register/options": Rule(Who.PERSON, is_bare=True),
    "POST /auth/passkeys/register": Rule(
        Who.PERSON,
        {"challengeToken": "not-a-token", "name": "My key", "credential": PASSKEY_MADE},
        is_dead=True,
    ),
    "PATCH /auth/passkeys/{passkey_id}": Rule(
        Who.PERSON, {"name": "My key"}, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "DELETE /auth/passkeys/{passkey_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "POST /auth/passkeys/login/options": Rule(
        Who.ANYONE, {"mfaToken": "not-a-token"}, is_partial=True, is_optional=True, is_bare=True
    ),
    "POST /auth/passkeys/login": Rule(
        Who.ANYONE, {"challengeToken": "not-a-token", "credential": PASSKEY_SHOWN}
    ),
    "POST /auth/password/forgot": Rule(Who.ANYONE, {"email": "lost@fans.test"}),
    "POST /auth/password/reset": Rule(
        Who.ANYONE, {"token": "not-a-token", "password": "correct horse 9"}, is_dead=True
    ),
    "POST /auth/email/verify": Rule(Who.MAYBE, {"token": "not-a-token"}, is_dead=True),
    "POST /auth/email/resend": Rule(Who.PERSON, is_bare=True),
    "POST /auth/refresh": Rule(Who.ANYONE, REFRESH, is_partial=True, is_optional=True),
    "POST /auth/logout": Rule(Who.ANYONE, REFRESH, is_partial=True, is_optional=True),
    "POST /auth/logout-all": Rule(Who.PERSON, is_bare=True),
    "POST /auth/password/change": Rule(
        Who.PERSON, {"currentPassword": "old password", "newPassword": "correct horse 9"}
    ),
    "GET /auth/sessions": Rule(Who.PERSON),
    "DELETE /auth/sessions/{session_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /users/me": Rule(Who.PERSON),
    "PATCH /users/me": Rule(Who.PERSON, {"fullName": "Other Name"}, is_partial=True),
    "DELETE /users/me": Rule(Who.PERSON, {"password": "correct horse 9"}),
    "GET /users/me/export": Rule(Who.PERSON),
    "GET /users/me/preferences": Rule(Who.PERSON),
    "PUT /users/me/preferences": Rule(Who.PERSON, PREFERENCES),
    "GET /organizations": Rule(Who.PERSON),
    "POST /organizations": Rule(Who.PERSON, {"name": "Club"}),
    "GET /organizations/{organization_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "PATCH /organizations/{organization_id}": Rule(
        Who.PERSON,
        {"name": "Mine now"},
        is_partial=True,
        unknown="NOTFOUND001",
        foreign=hidden("NOTFOUND001"),
    ),
    "GET /organizations/invitations/{token}": Rule(Who.ANYONE, unknown="NOTFOUND001"),
    "POST /organizations/invitations/{token}/accept": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/invitations": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/invitations/{invitation_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "DELETE /organizations/{organization_id}/invitations/{invitation_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /admin/users": Rule(Who.ADMIN),
    "PATCH /admin/users/{user_id}": Rule(
        Who.ADMIN, {"disabled": True}, is_partial=True, unknown="NOTFOUND001"
    ),
    "GET /organizations/{organization_id}/members": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "POST /organizations/{organization_id}/members": Rule(
        Who.PERSON, MEMBER, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "PATCH /organizations/{organization_id}/members/{user_id}": Rule(
        Who.PERSON, {"role": "OWNER"}, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "DELETE /organizations/{organization_id}/members/{user_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/api-keys": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "POST /organizations/{organization_id}/api-keys": Rule(
        Who.PERSON,
        {"name": "Till", "role": "STAFF"},
        unknown="NOTFOUND001",
        foreign=hidden("NOTFOUND001"),
    ),
    "DELETE /organizations/{organization_id}/api-keys/{key_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /venues": Rule(Who.ANYONE),
    "POST /venues": Rule(Who.PERSON, VENUE),
    "GET /venues/{venue_id}": Rule(Who.ANYONE, unknown="VENUE001"),
    "PATCH /venues/{venue_id}": Rule(
        Who.PERSON,
        {"name": "Mine now"},
        is_partial=True,
        unknown="VENUE001",
        foreign=SEEN,
        headers={"If-Match": '"1"'},
    ),
    "DELETE /venues/{venue_id}": Rule(Who.PERSON, unknown="VENUE001", foreign=SEEN),
    "GET /venues/{venue_id}/charts": Rule(Who.ANYONE, unknown="VENUE001"),
    "POST /venues/{venue_id}/charts": Rule(Who.PERSON, CHART, unknown="VENUE001", foreign=SEEN),
    "POST /venues/{venue_id}/row-lists": Rule(
        Who.PERSON, {"csv": "section,row,seats\nStalls,A,4"}, unknown="VENUE001", foreign=SEEN
    ),
    "GET /venues/{venue_id}/charts/{chart_id}": Rule(Who.ANYONE, unknown="VENUE001"),
    "GET /venues/{venue_id}/charts/{chart_id}/document": Rule(
        Who.PERSON, unknown="VENUE001", foreign=SEEN
    ),
    "GET /venues/{venue_id}/charts/{chart_id}/rows.csv": Rule(
        Who.PERSON, unknown="VENUE001", foreign=SEEN
    ),
    "POST /venues/{venue_id}/charts/{chart_id}/use": Rule(
        Who.PERSON, unknown="VENUE001", foreign=SEEN
    ),
    "GET /events": Rule(Who.MAYBE),
    "POST /events": Rule(Who.PERSON, EVENT),
    "GET /events/{event_id}": Rule(Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")),
    "PATCH /events/{event_id}": Rule(
        Who.PERSON,
        {"name": "Mine now"},
        is_partial=True,
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
        headers={"If-Match": '"1"'},
    ),
    "POST /events/{event_id}/repeats": Rule(
        Who.PERSON, {"every": "WEEK", "times": 2}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/status": Rule(
        Who.PERSON, {"status": "CANCELLED"}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "PUT /events/{event_id}/pricing": Rule(
        Who.PERSON, {"pricingTiers": [TIER]}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/promo-codes": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/promo-codes": Rule(
        Who.PERSON, PROMO, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "DELETE /events/{event_id}/promo-codes/{promo_id}": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/availability": Rule(
        Who.ANYONE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/seats": Rule(Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")),
    "GET /events/{event_id}/seats.bin": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/best-available": Rule(
        Who.MAYBE,
        {"quantity": 2, "priceLevel": "STANDARD"},
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "GET /orders": Rule(Who.PERSON),
    "POST /orders": Rule(Who.PERSON, ORDER),
    "GET /orders/{order_id}": Rule(Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")),
    "GET /orders/{order_id}/activity": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/cancel": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "PUT /orders/{order_id}/promo-code": Rule(
        Who.PERSON, {"code": "SPRING"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "DELETE /orders/{order_id}/promo-code": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/payment": Rule(
        Who.PERSON, {"paymentMethod": CARD}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/refunds": Rule(
        # The owner of the stage bought the order: from them it is right, and not theirs to ask.
        Who.PERSON,
        {"reason": "Rain"},
        unknown="ORDER001",
        foreign=hidden("ORDER001"),
    ),
    "POST /sandbox/payments/{order_id}/authenticate": Rule(
        Who.PERSON, {"outcome": "pass"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /orders/{order_id}/messages": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/messages/{message_id}/resend": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /organizations/{organization_id}/suppressions": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "DELETE /organizations/{organization_id}/suppressions/{suppression_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/message-templates": OF_ORGANIZATION,
    f"GET {WORDS}": OF_ORGANIZATION,
    f"GET {WORDS}/versions": OF_ORGANIZATION,
    f"POST {WORDS}/preview": replace(OF_ORGANIZATION, body=OWN_WORDS),
    f"PUT {WORDS}": replace(OF_ORGANIZATION, body=OWN_WORDS),
    f"DELETE {WORDS}": OF_ORGANIZATION,
    "GET /sandbox/outbox": Rule(Who.PERSON),
    "POST /webhooks/sendgrid": Rule(Who.SIGNED),
    "POST /webhooks/stripe": Rule(Who.SIGNED),
    "POST /webhooks/twilio": Rule(Who.SIGNED),
}
