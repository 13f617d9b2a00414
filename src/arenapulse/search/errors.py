"""What search refuses."""

from __future__ import annotations

from arenapulse.core.errors import Refusal, StandsInTheWay


class SavedNotFound(Refusal):
    code, status, message = "NOTFOUND001", 404, "There is no such saved search."


class TooManySaved(StandsInTheWay):
    message = "You keep as many searches as can be kept: remove one first."
