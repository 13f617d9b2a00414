"""Who takes messages to people: mailers and texters, as far as we use them.

The real files are `sendgrid_mail`, `smtp_mail` and `twilio_sms`; over their twins they pass
tests/contracts. None may be called inside a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar
from uuid import UUID

from arenapulse.notifications.schemas import Letter, TextMessage
from arenapulse.notifications.terms import Why

T_contra = TypeVar("T_contra", contravariant=True)

# Said before anything was done: by the vendor, or by what stands before it (52x).
_NOT_NOW: Final = frozenset({408, 425, 429, 500, 501, 502, 503, 505, 521, 523, 525, 526, 529})
# Ours to mend, and then it goes: a wrong key or a wrong address of the vendor must lose nothing.
_OURS: Final = frozenset({401, 403, 404, 405, 407})
OURS_SECONDS: Final = 60


class NotTaken(Exception):
    """For sure not taken, now: another may be asked, or the same one later."""

    def __init__(self, code: str, *, retry_after_seconds: float | None = None) -> None:
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        super().__init__(code)


class InDoubt(Exception):
    """No answer: it may have been taken or not. Ask before sending again."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Refused(Exception):
    """Never, however often one asks; `suppresses` says that the address itself is the reason."""

    def __init__(self, code: str, *, suppresses: Why | None = None) -> None:
        self.code = code
        self.suppresses = suppresses
        super().__init__(code)


def not_refused(
    status: int, code: str, *, retry_after_seconds: float | None = None
) -> NotTaken | InDoubt:
    """What an answer means that is not one of the vendor's own refusals of a message.

    A status that nobody foresaw may have been said after the work: asked about, then sent again.
    """
    if status in _OURS:
        return NotTaken(code, retry_after_seconds=OURS_SECONDS)
    if status in _NOT_NOW:
        return NotTaken(code, retry_after_seconds=retry_after_seconds)
    return InDoubt(code)


class CannotTell(Exception):
    """The carrier has no means to say, or not now, what it took."""


class Carrier(Protocol[T_contra]):
    @property
    def name(self) -> str:
        """Stands beside the message; webhooks name it too."""
        ...

    async def send(self, message: T_contra) -> str:
        """The carrier's id of what it took. Raises `NotTaken`, `InDoubt` or `Refused`."""
        ...

    async def taken(
        self, messages: Sequence[T_contra], *, since: dt.datetime
    ) -> Mapping[UUID, str]:
        """Which of these it took since then, with its ids. Raises `CannotTell`."""
        ...

    async def forget(self, address: str) -> None:
        """Lets an address go that the carrier itself no longer sends to. Raises `NotTaken`."""
        ...

    async def close(self) -> None: ...


Mailer: TypeAlias = Carrier[Letter]
Texter: TypeAlias = Carrier[TextMessage]
