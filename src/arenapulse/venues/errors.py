"""What venues refuse."""

from __future__ import annotations

from arenapulse.core.errors import Refusal


class VenueNotFound(Refusal):
    code, status, message = "VENUE001", 404, "There is no such venue."


class VenueInUse(Refusal):
    code, status, message = "VENUE002", 409, "The venue has events: it cannot be deleted."
