"""Refusals: what a caller may be told, each a class with a stable code and an HTTP status.

`docs/reference/errors.md` is generated from these classes and from those of the slices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

Detail = Mapping[str, object]
NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON, or nested deeper than it goes."""


class Refusal(Exception):
    """An expected "no". Clients switch on `code`; the message may change."""

    code: ClassVar[str]
    status: ClassVar[int]
    message: ClassVar[str]
    is_watched: ClassVar[bool] = False
    """Whoever is known and is told so is written down: they reach for what is not theirs."""

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[Detail] | Detail | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        self.text = message or self.message
        self.details = details
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{self.code}: {self.text}")


class InvariantBroken(AssertionError):
    """A bug: something the code relies on is not so. Never shown, always logged."""


class NotAuthenticated(Refusal):
    code, status, message = "AUTH003", 401, "Sign in first: there is no valid token."


class TokenExpired(Refusal):
    code, status, message = "AUTH002", 401, "The token has expired: refresh it."


class Forbidden(Refusal):
    code, status, message = "AUTH004", 403, "Your role does not allow this."
    is_watched = True


class NotFound(Refusal):
    code, status, message = "NOTFOUND001", 404, "There is no such route or resource."


class Invalid(Refusal):
    """Input of the wrong shape; `details` lists `{field, message}`."""

    code, status, message = "VALIDATION001", 422, "Some fields are not valid."

    @classmethod
    def on(cls, field: str, message: str, *, reason: str | None = None) -> Invalid:
        """`reason` is for programs, which say it in their reader's language."""
        detail = {"field": field, "message": message}
        return cls(details=[detail if reason is None else detail | {"reason": reason}])


class MalformedBody(Refusal):
    code, status, message = "REQUEST001", 400, "The body is not valid JSON."


class MethodNotAllowed(Refusal):
    code, status, message = "REQUEST001", 405, "This method is not allowed here."


class RequestTimeout(Refusal):
    code, status, message = "REQUEST001", 408, "The request took too long to arrive."


class BodyTooLarge(Refusal):
    code, status, message = "REQUEST001", 413, "The body is too large."


class UnsupportedMedia(Refusal):
    code, status, message = "REQUEST001", 415, "Send application/json."


class HeadersTooLarge(Refusal):
    code, status, message = "REQUEST001", 431, "The headers are too large."


class KeyReused(Refusal):
    code, status, message = (
        "IDEMPOTENCY001",
        409,
        "This Idempotency-Key was used for another request.",
    )


class TooManyRequests(Refusal):
    code, status, message = "RATE001", 429, "Too many requests: slow down."


ANY_VERSION: Final = -2
"""Asked for instead of a version: whichever there is."""


class VersionStale(Refusal):
    code, status, message = "CONFLICT001", 412, "Somebody changed it meanwhile: read it again."


class VersionMissing(Refusal):
    code, status, message = "CONFLICT002", 428, "Send If-Match with the version you have read."


class StandsInTheWay(Refusal):
    code, status, message = "CONFLICT003", 409, "Another state or name stands in the way."


class SystemFault(Refusal):
    code, status, message = "SYS001", 500, "Something went wrong on our side. Nothing was changed."


class Unavailable(Refusal):
    code, status, message = "SYS002", 503, "The service is busy: try again shortly."
