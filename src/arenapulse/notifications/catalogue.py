"""Which messages there are, and what each must be given. The words stand in `templates/*.toml`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_EVENT: Final = ("event.name", "event.start", "event.timezone", "event.venue", "event.city")
_ORDER: Final = ("order.number",)
_RECEIPT: Final = ("order.tickets", "order.total", "order.currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`requires` are dotted names of values without which nothing is sent."""

    requires: tuple[str, ...]
    rel: str
    """What its link leads to."""
    is_secret: bool = False
    """Its values hold a token: encrypted while they wait, forgotten when they are sent."""
    useful: dt.timedelta = dt.timedelta(days=3)
    """How long it is worth sending."""
    is_campaign: bool = False
    """Goes only to who agreed, and can be refused with one click."""
    is_organizers: bool = False
    """Organizers may put it into words of their own."""
    says_who_paid: bool = False
    """Its words go by `order.paidBy`: "card", "disputed" where a bank has it, "bank" by hand,
    "nothing", or "other" for who was given the ticket."""


TEMPLATES: Final = MappingProxyType(
    {
        "verification": Template(
            requires=("name", "url", "hours"),
            rel="verification",
            is_secret=True,
            useful=dt.timedelta(hours=24),
        ),
        "reset": Template(
            requires=("name", "url", "minutes"),
            rel="reset",
            is_secret=True,
            useful=dt.timedelta(hours=1),
        ),
        "sign_in_notice": Template(
            requires=("name", "url", "device", "at", "timezone"), rel="sessions"
        ),
        "password_changed": Template(requires=("name", "url", "at", "timezone"), rel="reset"),
        "factor_changed": Template(
            requires=("name", "url", "change", "at", "timezone"), rel="sessions"
        ),
        "invitation": Template(
            requires=("organization", "role", "url", "days"),
            rel="invitation",
            is_secret=True,
            useful=dt.timedelta(days=7),
        ),
        "webhook_paused": Template(
            requires=("name", "organization", "receiver", "url"), rel="webhooks"
        ),
        "receipt": Template(
            requires=("name", "url", *_EVENT, *_ORDER, *_RECEIPT),
            rel="tickets",
            is_organizers=True,
        ),
        "payment_failed": Template(
            requires=("name", "url", "until", *_EVENT, *_ORDER),
            rel="payment",
            useful=dt.timedelta(minutes=20),
            is_organizers=True,
        ),
        "refund": Template(
            requires=("name", "url", "amount", "currency", *_EVENT, *_ORDER),
            rel="order",
            is_organizers=True,
            says_who_paid=True,
        ),
        "event_cancelled": Template(
            requires=("name", "url", *_EVENT, *_ORDER),
            rel="order",
            is_organizers=True,
            says_who_paid=True,
        ),
        "event_postponed": Template(
            requires=("name", "url", "before", *_EVENT, *_ORDER),
            rel="order",
            is_organizers=True,
            says_who_paid=True,
        ),
        "event_delayed": Template(
            requires=("name", "url", *_EVENT, *_ORDER),
            rel="order",
            is_organizers=True,
            says_who_paid=True,
        ),
        "event_moved": Template(
            requires=("name", "url", "event.address", *_EVENT),
            rel="tickets",
            is_organizers=True,
        ),
        "transfer_offered": Template(
            requires=("giver", "url", "until", *_EVENT),
            rel="transfer",
            is_secret=True,
            is_organizers=True,
        ),
        "transfer_taken": Template(
            requires=("name", "taker", "url", *_EVENT), rel="tickets", is_organizers=True
        ),
        "wait_list_offer": Template(
            requires=("name", "url", "until", *_EVENT),
            rel="payment",
            useful=dt.timedelta(minutes=20),
            is_organizers=True,
        ),
        "queue_turn": Template(
            requires=("name", "url", "until", *_EVENT),
            rel="queue",
            useful=dt.timedelta(minutes=10),
        ),
        "gate_changed": Template(
            requires=("name", "url", "gate", *_EVENT),
            rel="tickets",
            useful=dt.timedelta(hours=12),
            is_organizers=True,
        ),
        "saved_search": Template(requires=("name", "url", "search", "count", *_EVENT), rel="event"),
        "announcement": Template(
            requires=("title", "text", "url", *_EVENT), rel="event", is_campaign=True
        ),
    }
)
