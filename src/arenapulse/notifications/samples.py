"""Values for a look at each template: what previews show and tests fill in."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

_BASE: Final = "https://tickets.example.org"
_EVENT: Final = {
    "name": "Harbour Derby",
    "start": "2035-03-14T18:45:00Z",
    "timezone": "Europe/Berlin",
    "venue": "Lantern Park",
    "address": "Lantern Street 1",
    "city": "Havenbrook",
}
_ORDER: Final = {
    "number": "0190A3F2",
    "currency": "EUR",
    "subtotal": 10_000,
    "fees": 300,
    "discount": 500,
    "total": 9_800,
    "tax": 1_565,
    "taxRate": 1_900,
    "tickets": [
        {"section": "North Stand", "row": "F", "seat": 12, "level": "Adult", "amount": 5_000},
        {"section": "North Stand", "row": "F", "seat": 13, "level": "Adult", "amount": 5_000},
    ],
}
_PAID: Final = {"number": "0190A3F2", "paidBy": "card"}
_UNTIL: Final = "2035-03-01T09:30:00Z"
_VALUES: Final[dict[str, dict[str, Any]]] = {
    "verification": {"url": f"{_BASE}/verify?token=sample", "hours": 24},
    "reset": {"url": f"{_BASE}/reset?token=sample", "minutes": 60},
    "sign_in_notice": {
        "url": f"{_BASE}/account",
        "device": "Firefox on Linux",
        "at": _UNTIL,
        "timezone": "Europe/Berlin",
    },
    "password_changed": {"url": f"{_BASE}/reset", "at": _UNTIL, "timezone": "Europe/Berlin"},
    "factor_changed": {
        "url": f"{_BASE}/account/security",
        "change": "passkey_added",
        "at": _UNTIL,
        "timezone": "Europe/Berlin",
    },
    "invitation": {
        "url": f"{_BASE}/invitations/sample",
        "organization": "Harbour Athletic",
        "role": "STAFF",
        "days": 7,
    },
    "webhook_paused": {
        "url": f"{_BASE}/organizer/sample/settings/webhooks",
        "organization": "Harbour Athletic",
        "receiver": "https://till.example.org/arenapulse",
    },
    "receipt": {"url": f"{_BASE}/tickets", "order": _ORDER},
    "payment_failed": {"url": f"{_BASE}/checkout/sample", "until": _UNTIL, "order": _ORDER},
    "refund": {
        "url": f"{_BASE}/checkout/sample",
        "amount": 4_900,
        "currency": "EUR",
        "order": _PAID,
    },
    "event_cancelled": {"url": f"{_BASE}/checkout/sample", "order": _PAID},
    "event_postponed": {
        "url": f"{_BASE}/checkout/sample",
        "before": "2035-02-28T18:45:00Z",
        "order": _PAID,
    },
    "event_delayed": {"url": f"{_BASE}/checkout/sample", "order": _PAID},
    "event_moved": {"url": f"{_BASE}/tickets"},
    "transfer_offered": {
        "url": f"{_BASE}/transfers/sample",
        "giver": "Noor Haddad",
        "until": _UNTIL,
    },
    "transfer_taken": {"url": f"{_BASE}/tickets", "taker": "Noor Haddad"},
    "wait_list_offer": {"url": f"{_BASE}/checkout/sample", "until": _UNTIL},
    "queue_turn": {"url": f"{_BASE}/events/sample/queue", "until": _UNTIL},
    "gate_changed": {"url": f"{_BASE}/tickets", "gate": "Gate C"},
    "saved_search": {
        "url": f"{_BASE}/?q=derby",
        "search": "Derbies in Havenbrook",
        "count": 3,
    },
    "announcement": {
        "url": f"{_BASE}/events/sample",
        "title": "Doors open an hour earlier",
        "text": "There is music on the square from five o'clock. Come early and bring friends.",
        "unsubscribe_url": f"{_BASE}/unsubscribe?token=sample",
    },
}
_WITHOUT_EVENT: Final = frozenset(
    {
        *("verification", "reset", "sign_in_notice", "password_changed", "factor_changed"),
        "invitation",
        "webhook_paused",
    }
)


def sample(template: str) -> dict[str, Any]:
    """A copy that the caller may change."""
    values: dict[str, Any] = {"name": "Eve Adams", **_VALUES[template]}
    if template not in _WITHOUT_EVENT:
        values["event"] = _EVENT
    return deepcopy(values)
