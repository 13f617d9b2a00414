"""What a wait-list refuses."""

from __future__ import annotations

from arenapulse.core.errors import NotFound, StandsInTheWay


class NotWaiting(NotFound):
    message = "You are not on this event's wait-list."


class PlacesThere(StandsInTheWay):
    message = "There are places: nobody has to wait for them."
