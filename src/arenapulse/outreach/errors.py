"""Refusals of outreach."""

from __future__ import annotations

from arenapulse.core.errors import NotFound, StandsInTheWay


class MessageNotFound(NotFound):
    message = "There is no such message."


class SuppressionNotFound(NotFound):
    message = "There is no such suppressed address."


class ComplainedElsewhere(StandsInTheWay):
    message = "It was another organizer's message that this reader wanted no more of."


class NotRepeatable(StandsInTheWay):
    message = "This message cannot be sent again: its link was for one use, or it is forgotten."


class CampaignNotFound(NotFound):
    message = "There is no such campaign."


class CampaignElsewhere(StandsInTheWay):
    message = "This campaign was begun, ended or stopped already."
