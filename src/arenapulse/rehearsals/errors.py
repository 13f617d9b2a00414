"""What rehearsals refuse."""

from __future__ import annotations

from arenapulse.core.errors import NotFound, StandsInTheWay


class RehearsalNotFound(NotFound):
    message = "There is no such rehearsal."


class AnotherRuns(StandsInTheWay):
    message = "A rehearsal is under way: one at a time, for they load the database that sells."


class EnoughForToday(StandsInTheWay):
    message = "Your organization has rehearsed twelve times in a day: the next one is for others."


class SellsNow(StandsInTheWay):
    message = "This event sells now: pause it, or rehearse before it is on sale."


class NothingToSell(StandsInTheWay):
    message = "This event is over, or nothing of it has a price."
