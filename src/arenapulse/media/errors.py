"""What pictures refuse."""

from __future__ import annotations

from arenapulse.core.errors import Refusal, StandsInTheWay


class PictureNotFound(Refusal):
    code, status, message = "NOTFOUND001", 404, "There is no such picture, or its link is over."


class TooManyPictures(StandsInTheWay):
    message = "There are as many pictures as there may be: delete one first."
