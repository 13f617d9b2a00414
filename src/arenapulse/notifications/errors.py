"""Refusals of notifications."""

from __future__ import annotations

from arenapulse.core.errors import Refusal


class BadWebhookSignature(Refusal):
    code, status, message = "PAY002", 400, "The signature of this webhook is not valid."
