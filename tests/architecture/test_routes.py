"""Every route names its actor, and every POST takes a key; what does not, stands here with why."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

from arenapulse.entrypoints.openapi import document
from tests.architecture.tree import modules

PUBLIC = {
    "GET /payments/card-form": "a visitor with held places pays as well",
    "GET /search": "what is public is found by everybody",
    "GET /search/suggest": "what is public is found by everybody",
    "POST /auth/register": "who registers is nobody yet",
    "POST /auth/guest": "a visitor is nobody yet",
    "POST /auth/password/forgot": "who forgot it cannot sign in",
    "POST /auth/mfa/verify": "the token of a right password says who it is",
    "POST /auth/passkeys/login/options": "who signs in is nobody yet",
    "POST /auth/passkeys/login": "the passkey says who it is",
    "POST /auth/password/reset": "the mail's token says who it is",
    "POST /auth/login": "the password says who it is",
    "POST /auth/refresh": "the refresh token says who it is",
    "POST /auth/logout": "the refresh token may be all that is left",
    "GET /venues": "venues are for everybody",
    "GET /venues/{venue_id}": "venues are for everybody",
    "GET /venues/{venue_id}/charts": "venues are for everybody",
    "GET /venues/{venue_id}/charts/{chart_id}": "a chart is what everybody sees of a venue",
    "GET /events/{event_id}/availability": "everybody sees what is free in a public event",
    "GET /organizations/invitations/{token}": "whoever got the mail, before they sign in",
    "GET /webhooks/unsubscribe/{token}": "whoever got the mail, without signing in",
    "POST /webhooks/sendgrid": "the vendor signs its calls",
    "POST /webhooks/unsubscribe/{token}": "the link says whose it is (RFC 8058)",
    "POST /webhooks/stripe": "the vendor signs its calls",
    "POST /webhooks/twilio": "the vendor signs its calls",
}
EITHER_WAY = {
    "POST /gate-devices": "the code says which device it is; a sign-in there is that of the device",
    "POST /auth/email/verify": "who is signed in shows besides that the account is theirs",
    "POST /analytics/events": "visitors look around as well",
    "GET /events": "drafts are added for the members of their organization",
    "GET /events/{event_id}": "a draft is shown to the members of its organization",
    "GET /events/{event_id}/queue/draw": "anybody may compute the draw again",
    "GET /events/{event_id}/queue/serving": "the same for all who wait, and for caches",
    "GET /events/{event_id}/queue/tickets": "anybody may compute the draw again",
    "GET /events/{event_id}/queue/{token}": "the token says whose place it is",
    "GET /events/{event_id}/questions": "a draft's are shown to its organization",
    "GET /events/{event_id}/refund-policy": "a draft's is shown to its organization",
    "GET /events/{event_id}/seats": "everybody sees what is free in a public event",
    "GET /events/{event_id}/seats.bin": "everybody sees what is free in a public event",
    "POST /events/{event_id}/best-available": "an offer to whoever looks; nothing is held",
    "GET /series/{series_id}/season-ticket": "everybody sees what is sold, its manager the offer",
}
WITHOUT_KEY = {
    "POST /season-orders/{order_id}/cancel": "cancelled already is the same answer",
    "POST /analytics/events": "a view told twice is two views, and no harm",
    "POST /venues/{venue_id}/media/{media_id}/complete": "complete already is the same answer",
    "POST /events/{event_id}/media/{media_id}/complete": "complete already is the same answer",
    "POST /auth/register": "/auth ignores the key: an answer with tokens is not kept",
    "POST /auth/mfa/verify": "the code is good once",
    "POST /auth/mfa/totp": "a secret that was not confirmed is replaced",
    "POST /auth/mfa/totp/confirm": "confirmed already is refused",
    "POST /auth/mfa/recovery-codes": "the newest hold",
    "POST /auth/step-up": "a second fresh token is harmless",
    "POST /auth/passkeys/register/options": "a second question is harmless",
    "POST /auth/passkeys/register": "the question is answered once",
    "POST /auth/passkeys/login/options": "a second question is harmless",
    "POST /auth/passkeys/login": "the question is answered once",
    "POST /organizations/invitations/{token}/accept": "the token is good once",
    "POST /auth/password/forgot": "as many mails an hour as may be, however often it is asked",
    "POST /auth/password/reset": "the token is good once",
    "POST /auth/email/verify": "the token is good once",
    "POST /auth/email/resend": "as many mails an hour as may be, however often it is asked",
    "POST /auth/guest": "/auth ignores the key: an answer with tokens is not kept",
    "POST /auth/guest/claim": "a visitor who is somebody already is refused",
    "POST /auth/login": "a second sign-in is a second session, and harmless",
    "POST /auth/refresh": "rotation is its own protection against a second use",
    "POST /auth/logout": "ends what is ended already",
    "POST /auth/logout-all": "ends what is ended already",
    "POST /auth/password/change": "the old password is refused the second time",
    "POST /events/{event_id}/best-available": "an offer: it creates nothing",
    "POST /venues/{venue_id}/charts/{chart_id}/use": "the chart is the current one already",
    "POST /events/{event_id}/checkins": "each scan has a clientId, which is its key",
    "POST /events/{event_id}/checkins/batch": "each scan has a clientId, which is its key",
    "POST /organizations/{organization_id}/message-templates/{template}/{locale}/preview": (
        "a look: nothing is kept"
    ),
    "POST /gate-devices": "a code registers one device, once; a lost answer takes another code",
    "POST /events/{event_id}/status": "the present status again is EVENT004",
    "POST /events/{event_id}/queue": "one place a person: joining again is the same place",
    "POST /events/{event_id}/queue/{token}/leave": "left already is left",
    "POST /orders/{order_id}/cancel": "the same answer again",
    "POST /admin/payment-differences/dismiss": "what is off the list is not on it",
    "POST /admin/due": "a row that is tried again, or off the list, is stuck no more",
    "POST /admin/jobs/{job_id}/retry": "a job that is queued again is held no more",
    "POST /webhooks/unsubscribe/{token}": "taken back already is taken back",
    "POST /webhooks/sendgrid": "the vendor's event id is the key",
    "POST /webhooks/stripe": "the vendor's event id is the key",
    "POST /webhooks/twilio": "the vendor's message and its state are the key",
    "POST /sandbox/payments/{order_id}/authenticate": "an answered question is not asked again",
}


@cache
def operations() -> dict[str, Mapping[str, Any]]:
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": operation
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    }


def test_every_route_names_its_actor_or_is_public_for_a_reason() -> None:
    nameless = {name for name, operation in operations().items() if not operation.get("security")}
    assert nameless == PUBLIC.keys()


def test_a_token_is_optional_only_for_a_reason() -> None:
    either = {name for name, found in operations().items() if {} in found.get("security", [])}
    assert either == EITHER_WAY.keys()


def test_every_post_takes_a_key_or_says_why_not() -> None:
    without = {
        name
        for name, operation in operations().items()
        if name.startswith("POST ")
        and not any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
    }
    assert without == WITHOUT_KEY.keys()


def test_every_route_says_what_it_does() -> None:
    silent = [name for name, found in operations().items() if not found.get("summary", "").strip()]
    assert silent == []
    groupless = [name for name, found in operations().items() if not found.get("tags")]
    assert groupless == []


def headers_of(method: str, path: str) -> set[str]:
    asked = document()["paths"][f"/api/v1{path}"][method].get("parameters", [])
    return {each["name"] for each in asked if each["in"] == "header"}


def test_the_document_says_which_headers_are_read() -> None:
    keys = "/organizations/{organization_id}/api-keys"
    assert headers_of("post", keys) == {"X-Signature", "Idempotency-Key"}
    refunds = "/orders/{order_id}/refunds"
    assert headers_of("post", refunds) == {"X-Signature", "Idempotency-Key"}
    for path in ("register", "login", "refresh", "logout"):
        assert headers_of("post", f"/auth/{path}") == {"X-Token-Transport"}
    about = document()["info"]["description"]
    for name in ("RateLimit-Reset", "Retry-After", "Idempotent-Replayed", "meta.nextCursor"):
        assert f"`{name}" in about


def test_dependencies_do_not_hop_into_threads() -> None:
    """FastAPI runs a plain function in a thread: a third of what a small request costs."""
    hopping: list[str] = []
    for module in modules():
        plain = {each.name for each in module.tree.body if isinstance(each, ast.FunctionDef)}
        hopping += [
            f"{module.name}: {given.id}"
            for call in ast.walk(module.tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Depends"
            for given in call.args
            if isinstance(given, ast.Name) and given.id in plain
        ]
    assert hopping == []
