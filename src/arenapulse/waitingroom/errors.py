"""What waiting rooms refuse."""

from __future__ import annotations

from arenapulse.core.errors import NotFound, Refusal, StandsInTheWay, TooManyRequests


class PassNeeded(Refusal):
    code, status, message = (
        "QUEUE001",
        403,
        "This event lets people in one after the other: wait for your turn.",
    )


class NoWaitingRoom(StandsInTheWay):
    message = "This event has no waiting room: order without one."


class LineClosed(StandsInTheWay):
    message = "The line takes nobody more."


class LineFull(StandsInTheWay):
    message = "The line is full."


class NotOnSale(Refusal):
    code, status, message = "EVENT003", 409, "Tickets for this event are not on sale now."


class PlaceNotFound(NotFound):
    message = "There is no such place in this line."


class LaneNotFound(NotFound):
    message = "There is no such lane."


class TooManyLanes(StandsInTheWay):
    message = "A line has eight lanes at most."


class LaneNameTaken(StandsInTheWay):
    message = "Another lane of this event has that name or code."


class EverybodysLane(StandsInTheWay):
    message = "The lane for everybody has no code and no end: drain the line to take nobody more."


class ProofNeeded(TooManyRequests):
    """`details` has the `challenge` and how many zero bits its answer begins with.

    With a `siteKey` the answer of that widget, as `human`, does instead of the work.
    """

    message = "Many join at once: your browser has to work for its place first."
