"""The right that each route asks for, by its name: who may not is refused, who may is not.

`tests/api/test_rights.py` asks every route as everybody. A route that is not here fails.
"""

from __future__ import annotations

import enum
from typing import Final

from tests.rights_open import FOR_ANYONE


class Least(enum.Enum):
    """The least that somebody must be; more is enough, but STAFF and ANALYST are apart."""

    ANYONE = "anybody, with a token that is good or none"
    SIGNED_BY_VENDOR = "a vendor, by its signature"
    GUEST = "a visitor"
    SIGNED_IN = "anybody with an account"
    BUYER = "whose order or ticket it is"
    SELLER = "who sold it: its event's organization, and not its buyer"
    MEMBER = "any member of the organization"
    STAFF = "STAFF"
    ANALYST = "ANALYST"
    MANAGER = "MANAGER"
    OWNER = "OWNER"
    ADMIN = "an ADMIN of the platform"


DELIVERY: Final = "/organizations/{organization_id}/webhooks/{webhook_id}/deliveries/{delivery_id}"
_BY_LEAST: Final[dict[Least, tuple[str, ...]]] = {
    Least.ANYONE: FOR_ANYONE,
    Least.SIGNED_BY_VENDOR: (
        "POST /webhooks/sendgrid",
        "POST /webhooks/stripe",
        "POST /webhooks/twilio",
    ),
    Least.GUEST: ("POST /auth/guest/claim",),
    Least.SIGNED_IN: (
        "GET /events/{event_id}/wait-list",
        "PUT /events/{event_id}/wait-list",
        "DELETE /events/{event_id}/wait-list",
        "GET /search/saved",
        "POST /search/saved",
        "DELETE /search/saved/{saved_id}",
        "POST /auth/email/resend",
        "POST /auth/logout-all",
        "GET /auth/mfa",
        "POST /auth/mfa/recovery-codes",
        "POST /auth/mfa/totp",
        "DELETE /auth/mfa/totp",
        "POST /auth/mfa/totp/confirm",
        "GET /auth/passkeys",
        "POST /auth/passkeys/register",
        "POST /auth/passkeys/register/options",
        "PATCH /auth/passkeys/{passkey_id}",
        "DELETE /auth/passkeys/{passkey_id}",
        "POST /auth/password/change",
        "GET /auth/sessions",
        "DELETE /auth/sessions/{session_id}",
        "POST /auth/step-up",
        "POST /events/{event_id}/queue",
        "POST /events/{event_id}/queue/{token}/leave",
        "GET /orders",
        "POST /orders",
        "POST /series/{series_id}/orders",
        "GET /organizations",
        "POST /organizations",
        "POST /organizations/invitations/{token}/accept",
        "GET /tickets",
        "POST /tickets/transfers/{token}/accept",
        "GET /users/me",
        "PATCH /users/me",
        "DELETE /users/me",
        "GET /users/me/export",
        "GET /users/me/news",
        "PUT /users/me/news/{organization_id}",
        "GET /users/me/preferences",
        "PUT /users/me/preferences",
    ),
    Least.BUYER: (
        "GET /orders/{order_id}/answers",
        "PUT /orders/{order_id}/answers",
        "GET /tickets/{ticket_id}/answers",
        "PUT /tickets/{ticket_id}/answers",
        "GET /tickets/{ticket_id}/apple-pass",
        "GET /tickets/{ticket_id}/google-pass",
        "GET /tickets/{ticket_id}/passes",
        "GET /invoices/{invoice_id}/pdf",
        "GET /orders/{order_id}",
        "GET /orders/{order_id}/activity",
        "POST /orders/{order_id}/cancel",
        "GET /orders/{order_id}/invoices",
        "POST /orders/{order_id}/invoices",
        "GET /orders/{order_id}/refunds",
        "POST /orders/{order_id}/payment",
        "PUT /orders/{order_id}/promo-code",
        "DELETE /orders/{order_id}/promo-code",
        "POST /orders/{order_id}/refund-requests",
        "GET /season-orders/{order_id}",
        "POST /season-orders/{order_id}/cancel",
        "POST /season-orders/{order_id}/payment",
        "POST /sandbox/payments/{order_id}/authenticate",
        "GET /tickets/{ticket_id}",
        "GET /tickets/{ticket_id}/code",
        "GET /tickets/{ticket_id}/pdf",
        "POST /tickets/{ticket_id}/reissue",
        "GET /tickets/{ticket_id}/transfer",
        "POST /tickets/{ticket_id}/transfer",
        "DELETE /tickets/{ticket_id}/transfer",
        "GET /tickets/{ticket_id}/wallet",
    ),
    Least.SELLER: (
        "GET /orders/{order_id}/evidence",
        "GET /orders/{order_id}/messages",
        "POST /orders/{order_id}/messages/{message_id}/resend",
        "POST /orders/{order_id}/invoice-payment",
        "POST /orders/{order_id}/refunds",
        "POST /season-orders/{order_id}/refunds",
        "GET /orders/{order_id}/notes",
        "POST /orders/{order_id}/notes",
    ),
    Least.MEMBER: (
        "GET /organizations/{organization_id}",
        "GET /organizations/{organization_id}/members",
    ),
    Least.STAFF: (
        "GET /events/{event_id}/wait-list/counts",
        "GET /events/{event_id}/gates/live",
        "GET /events/{event_id}/gates/conflicts",
        "POST /events/{event_id}/checkins",
        "POST /events/{event_id}/checkins/batch",
        "GET /events/{event_id}/checkins/manifest",
        "GET /events/{event_id}/gates/devices",
        "GET /events/{event_id}/gates/rules",
        "GET /events/{event_id}/messages",
        "POST /events/{event_id}/messages",
    ),
    Least.ANALYST: (
        "GET /analytics/events/{event_id}/channels",
        "GET /analytics/events/{event_id}/export.parquet",
        "GET /analytics/events/{event_id}/export.xlsx",
        "GET /analytics/events/{event_id}/prices",
        "GET /analytics/events/{event_id}/replay",
        "GET /analytics/organizations/{organization_id}/cohorts",
        "GET /events/{event_id}/rehearsals",
        "GET /events/{event_id}/rehearsals/{rehearsal_id}",
        "GET /analytics/events/{event_id}/attention",
        "GET /analytics/events/{event_id}/export.csv",
        "GET /analytics/events/{event_id}/funnel",
        "GET /analytics/events/{event_id}/sections",
        "GET /analytics/events/{event_id}/summary",
        "GET /analytics/events/{event_id}/timeseries",
        *("GET /events/{event_id}/waiting-room", "GET /events/{event_id}/waiting-room/history"),
    ),
    Least.MANAGER: (
        "POST /events/{event_id}/rehearsals",
        "GET /organizations/{organization_id}/invoices",
        "POST /events",
        "PATCH /events/{event_id}",
        "POST /events/{event_id}/gates/devices",
        "DELETE /events/{event_id}/gates/devices/{device_id}",
        "PUT /events/{event_id}/gates/rules",
        "PUT /events/{event_id}/questions",
        "GET /events/{event_id}/attendees/export.csv",
        "GET /events/{event_id}/attendees/export.xlsx",
        "POST /events/{event_id}/media",
        "DELETE /events/{event_id}/media/{media_id}",
        "POST /events/{event_id}/media/{media_id}/complete",
        "POST /events/{event_id}/messages/{campaign_id}/approve",
        "POST /events/{event_id}/messages/{campaign_id}/stop",
        "PUT /events/{event_id}/pricing",
        "GET /events/{event_id}/promo-codes",
        "POST /events/{event_id}/promo-codes",
        "DELETE /events/{event_id}/promo-codes/{promo_id}",
        "PUT /events/{event_id}/refund-policy",
        "POST /events/{event_id}/repeats",
        "POST /events/{event_id}/status",
        "PATCH /events/{event_id}/waiting-room",
        "POST /events/{event_id}/waiting-room/lanes",
        "PATCH /events/{event_id}/waiting-room/lanes/{lane}",
        "DELETE /events/{event_id}/waiting-room/lanes/{lane}",
        "GET /organizations/{organization_id}/disputes",
        "GET /organizations/{organization_id}/ledger",
        "GET /organizations/{organization_id}/message-templates",
        "GET /organizations/{organization_id}/message-templates/{template}/{locale}",
        "PUT /organizations/{organization_id}/message-templates/{template}/{locale}",
        "DELETE /organizations/{organization_id}/message-templates/{template}/{locale}",
        "POST /organizations/{organization_id}/message-templates/{template}/{locale}/preview",
        "GET /organizations/{organization_id}/message-templates/{template}/{locale}/versions",
        "GET /organizations/{organization_id}/orders",
        "PUT /series/{series_id}/season-ticket",
        "GET /organizations/{organization_id}/orders/export.csv",
        "GET /organizations/{organization_id}/payment-settings",
        "GET /organizations/{organization_id}/payouts",
        "PUT /organizations/{organization_id}/payment-settings",
        "GET /organizations/{organization_id}/suppressions",
        "DELETE /organizations/{organization_id}/suppressions/{suppression_id}",
        "GET /organizations/{organization_id}/webhooks",
        "POST /organizations/{organization_id}/webhooks",
        "PATCH /organizations/{organization_id}/webhooks/{webhook_id}",
        "DELETE /organizations/{organization_id}/webhooks/{webhook_id}",
        "GET /organizations/{organization_id}/webhooks/{webhook_id}/deliveries",
        f"POST {DELIVERY}/replay",
        "POST /venues",
        "PATCH /venues/{venue_id}",
        "DELETE /venues/{venue_id}",
        "POST /venues/{venue_id}/charts",
        "GET /venues/{venue_id}/charts/{chart_id}/document",
        "GET /venues/{venue_id}/charts/{chart_id}/rows.csv",
        "POST /venues/{venue_id}/charts/{chart_id}/use",
        "POST /venues/{venue_id}/media",
        "DELETE /venues/{venue_id}/media/{media_id}",
        "POST /venues/{venue_id}/media/{media_id}/complete",
        "POST /venues/{venue_id}/row-lists",
    ),
    Least.OWNER: (
        "GET /organizations/{organization_id}/pass-certificates",
        "PUT /organizations/{organization_id}/pass-certificates",
        "PATCH /organizations/{organization_id}",
        "GET /organizations/{organization_id}/api-keys",
        "POST /organizations/{organization_id}/api-keys",
        "DELETE /organizations/{organization_id}/api-keys/{key_id}",
        "GET /organizations/{organization_id}/audit",
        "GET /organizations/{organization_id}/audit/export.csv",
        "GET /organizations/{organization_id}/invitations",
        "GET /organizations/{organization_id}/invitations/{invitation_id}",
        "DELETE /organizations/{organization_id}/invitations/{invitation_id}",
        "POST /organizations/{organization_id}/members",
        "PATCH /organizations/{organization_id}/members/{user_id}",
        "DELETE /organizations/{organization_id}/members/{user_id}",
    ),
    Least.ADMIN: (
        "GET /admin/audit/chain",
        "GET /admin/health",
        "GET /admin/organizations",
        "GET /admin/webhooks",
        "POST /admin/due",
        "POST /admin/payment-differences/dismiss",
        "GET /admin/audit",
        "GET /admin/audit/export.csv",
        "GET /admin/flags",
        "PUT /admin/flags",
        "GET /admin/jobs",
        "POST /admin/jobs/{job_id}/retry",
        "GET /admin/payment-differences",
        "GET /admin/payouts",
        "GET /admin/users",
        "PATCH /admin/users/{user_id}",
        "GET /sandbox/outbox",
    ),
}
RIGHTS: Final = {name: least for least, names in _BY_LEAST.items() for name in names}

NO_KEY: Final = frozenset(
    {
        "PUT /tickets/{ticket_id}/answers",
        "GET /events/{event_id}/wait-list",
        "PUT /events/{event_id}/wait-list",
        "DELETE /events/{event_id}/wait-list",
        "GET /tickets/{ticket_id}/apple-pass",
        "GET /tickets/{ticket_id}/google-pass",
        "PUT /organizations/{organization_id}/pass-certificates",
        "GET /search/saved",
        "POST /search/saved",
        "DELETE /search/saved/{saved_id}",
        "DELETE /auth/mfa/totp",
        "DELETE /auth/passkeys/{passkey_id}",
        "DELETE /auth/sessions/{session_id}",
        "DELETE /tickets/{ticket_id}/transfer",
        "DELETE /users/me",
        "GET /auth/mfa",
        "GET /auth/passkeys",
        "GET /auth/sessions",
        "GET /tickets/{ticket_id}/wallet",
        "GET /users/me",
        "GET /users/me/export",
        "GET /users/me/preferences",
        "PATCH /auth/passkeys/{passkey_id}",
        "PATCH /users/me",
        "POST /auth/email/resend",
        "POST /auth/logout-all",
        "POST /auth/mfa/recovery-codes",
        "POST /auth/mfa/totp",
        "POST /auth/mfa/totp/confirm",
        "POST /auth/passkeys/register",
        "POST /auth/passkeys/register/options",
        "POST /auth/password/change",
        "POST /auth/step-up",
        "POST /events/{event_id}/queue",
        "POST /events/{event_id}/queue/{token}/leave",
        "POST /orders",
        "POST /organizations",
        "POST /organizations/invitations/{token}/accept",
        "POST /tickets/transfers/{token}/accept",
        "POST /tickets/{ticket_id}/reissue",
        "POST /tickets/{ticket_id}/transfer",
        "PUT /users/me/preferences",
    }
)
"""A person's own business, which no key does: 403 whatever its role."""

TO_SIGN: Final = frozenset(
    {
        "DELETE /organizations/{organization_id}/api-keys/{key_id}",
        "DELETE /organizations/{organization_id}/invitations/{invitation_id}",
        "DELETE /organizations/{organization_id}/members/{user_id}",
        "DELETE /organizations/{organization_id}/webhooks/{webhook_id}",
        "PATCH /organizations/{organization_id}",
        "PATCH /organizations/{organization_id}/members/{user_id}",
        "PATCH /organizations/{organization_id}/webhooks/{webhook_id}",
        "POST /events/{event_id}/status",
        "POST /organizations/{organization_id}/api-keys",
        "POST /organizations/{organization_id}/members",
        "POST /organizations/{organization_id}/webhooks",
        f"POST {DELIVERY}/replay",
    }
)
"""What a key that somebody read must not do: unsigned it is refused, whatever its role."""

FOR_VISITORS: Final = frozenset(
    {
        "POST /auth/guest/claim",
        "GET /orders",
        "GET /orders/{order_id}",
        "POST /orders/{order_id}/cancel",
        "PUT /orders/{order_id}/promo-code",
        "DELETE /orders/{order_id}/promo-code",
    }
)
"""What a visitor who holds places may do with no account; and POST /orders, without a card."""

_CHART: Final = "/venues/{venue_id}/charts/{chart_id}"
SHOWN: Final = frozenset(
    {
        *("POST /events", "POST /venues", "PATCH /venues/{venue_id}", "DELETE /venues/{venue_id}"),
        *(f"GET {_CHART}/document", f"GET {_CHART}/rows.csv", f"POST {_CHART}/use"),
        *("POST /venues/{venue_id}/charts", "POST /venues/{venue_id}/row-lists"),
        "POST /venues/{venue_id}/media",
        "DELETE /venues/{venue_id}/media/{media_id}",
        "POST /venues/{venue_id}/media/{media_id}/complete",
    }
)
"""What is about something that everybody sees: who may not do it is told so."""

KEPT_FROM_BUYERS: Final = frozenset(
    {
        *("GET /orders/{order_id}/notes", "POST /orders/{order_id}/notes"),
        "POST /season-orders/{order_id}/refunds",
    }
)
"""What a buyer does not hear of, though the order is theirs; and theirs is of no season."""


def refused_with(name: str, *, is_outside: bool, is_key: bool = False) -> int:
    """What somebody hears who may not: 404 of what they may not even see, else 403.

    `is_outside` is somebody of another organization, or of none.
    """
    least = RIGHTS[name]
    if least in {Least.ADMIN, Least.GUEST} or (is_key and name in NO_KEY):
        return 403
    is_hidden = least in {Least.BUYER, Least.SELLER} or (is_outside and name not in SHOWN)
    return 404 if is_hidden else 403
