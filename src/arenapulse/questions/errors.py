"""What questions refuse."""

from __future__ import annotations

from arenapulse.core.errors import StandsInTheWay


class AnswersClosed(StandsInTheWay):
    message = "The time for answers is over. Write to the organizer."


class TooManyQuestions(StandsInTheWay):
    message = "This event has asked as many questions as it may. Bring an old one back instead."
