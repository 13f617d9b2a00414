"""The routes that anybody may ask, with a token that is good or none; see `tests/rights.py`."""

from __future__ import annotations

from typing import Final

FOR_ANYONE: Final = (
    "POST /analytics/events",
    "POST /auth/email/verify",
    "POST /auth/guest",
    "POST /auth/login",
    "POST /auth/logout",
    "POST /auth/mfa/verify",
    "POST /auth/passkeys/login",
    "POST /auth/passkeys/login/options",
    "POST /auth/password/forgot",
    "POST /auth/password/reset",
    "POST /auth/refresh",
    "POST /auth/register",
    "GET /events",
    "GET /events/{event_id}",
    "GET /events/{event_id}/availability",
    "POST /events/{event_id}/best-available",
    "GET /events/{event_id}/queue/draw",
    "GET /events/{event_id}/queue/serving",
    "GET /events/{event_id}/queue/tickets",
    "GET /events/{event_id}/queue/{token}",
    "GET /events/{event_id}/questions",
    "GET /events/{event_id}/refund-policy",
    "GET /events/{event_id}/seats",
    "GET /events/{event_id}/seats.bin",
    "POST /gate-devices",
    "GET /organizations/invitations/{token}",
    "GET /payments/card-form",
    "GET /search",
    "GET /search/suggest",
    "GET /series/{series_id}/season-ticket",
    "GET /venues",
    "GET /venues/{venue_id}",
    "GET /venues/{venue_id}/charts",
    "GET /venues/{venue_id}/charts/{chart_id}",
    "GET /webhooks/unsubscribe/{token}",
    "POST /webhooks/unsubscribe/{token}",
)
