"""The rules of season tickets; see `tests/hostile.py`."""

from __future__ import annotations

from tests.hostile_bodies import CARD, LINE
from tests.hostile_kinds import Rule, Who, hidden

SERIES: dict[str, Rule] = {
    "GET /series/{series_id}/season-ticket": Rule(
        Who.MAYBE, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "PUT /series/{series_id}/season-ticket": Rule(
        Who.PERSON,
        {"levels": [{"priceLevel": "STANDARD", "amount": 3000}]},
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    # Whether it is sold is for everybody to know; the stage's event is no series.
    "POST /series/{series_id}/orders": Rule(
        Who.PERSON,
        {"eventIds": ["{event_id}"], "tickets": [LINE]},
        unknown="NOTFOUND001",
        foreign=hidden("NOTFOUND001"),
    ),
    "GET /season-orders/{order_id}": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /season-orders/{order_id}/cancel": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /season-orders/{order_id}/payment": Rule(
        Who.PERSON, {"paymentMethod": CARD}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /season-orders/{order_id}/refunds": Rule(
        Who.PERSON, {"reason": "Rain"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
}
