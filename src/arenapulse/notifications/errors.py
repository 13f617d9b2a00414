"""Refusals of notifications."""

from __future__ import annotations

from arenapulse.core.errors import Refusal, StandsInTheWay


class BadWebhookSignature(Refusal):
    code, status, message = "PAY002", 400, "The signature of this webhook is not valid."


class NotToBeChanged(StandsInTheWay):
    message = "This message is about an account, not about an event: its words are ours."
