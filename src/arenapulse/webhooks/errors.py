"""What the webhooks slice refuses."""

from __future__ import annotations

from arenapulse.core.errors import NotFound, StandsInTheWay


class UnknownWebhook(NotFound):
    message = "There is no such webhook."


class UnknownDelivery(NotFound):
    message = "There is no such delivery."


class TooManyWebhooks(StandsInTheWay):
    message = "The organization has as many webhooks as it may: end one first."


class WebhookPaused(StandsInTheWay):
    message = "The webhook is paused: resume it first."
