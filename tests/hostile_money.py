"""The rules of money and of an organization's orders; see `tests/hostile.py`."""

from __future__ import annotations

from tests.hostile_kinds import Rule, Who, hidden

MONEY: dict[str, Rule] = {
    "GET /admin/payment-differences": Rule(Who.PERSON),
    "POST /admin/payment-differences/dismiss": Rule(
        Who.PERSON, {"intentId": "pi_1", "kind": "amount_differs"}
    ),
    "GET /admin/jobs": Rule(Who.PERSON),
    "POST /admin/jobs/{job_id}/retry": Rule(Who.ADMIN, unknown="NOTFOUND001"),
    "GET /organizations/{organization_id}/ledger": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/disputes": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /admin/payouts": Rule(Who.PERSON),
    "GET /organizations/{organization_id}/payouts": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/invoices": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /orders/{order_id}/evidence": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /organizations/{organization_id}/payment-settings": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "PUT /organizations/{organization_id}/payment-settings": Rule(
        Who.PERSON,
        {"refundOnWarning": True},
        unknown="NOTFOUND001",
        foreign=hidden("NOTFOUND001"),
    ),
    "POST /orders/{order_id}/invoice-payment": Rule(
        Who.PERSON, {"reference": "R-1"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /orders/{order_id}/notes": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/notes": Rule(
        Who.PERSON, {"text": "Called"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /organizations/{organization_id}/orders": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /organizations/{organization_id}/orders/export.csv": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /events/{event_id}/refund-policy": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "PUT /events/{event_id}/refund-policy": Rule(
        Who.PERSON, {"tiers": []}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /orders/{order_id}/refund-requests": Rule(
        Who.PERSON, {"reason": "Ill"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/invoices": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /orders/{order_id}/refunds": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /orders/{order_id}/invoices": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /invoices/{invoice_id}/pdf": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /payments/card-form": Rule(Who.ANYONE),
}
