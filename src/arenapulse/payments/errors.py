"""What the payments slice refuses."""

from __future__ import annotations

from arenapulse.core.errors import Refusal


class BadSignature(Refusal):
    code, status, message = "PAY002", 400, "The signature of this webhook is not valid."


class PaymentFailed(Refusal):
    """What `lastError` of an order carries; a request itself is never refused by it."""

    code, status, message = "PAY001", 402, "The payment failed."


class RefundRefused(Refusal):
    """Nothing was paid, more is asked than is left or a bank has it, or a ticket was refunded."""

    code, status, message = "PAY003", 409, "There is not as much left to give back."
