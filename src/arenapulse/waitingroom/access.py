"""Who may order: the check of a pass, for the hot path of orders."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.core.ids import EventId, UserId
from arenapulse.runtime.crypto import Keyring
from arenapulse.waitingroom.tokens import Passes


class PassCheck:
    """One a process. Neither network nor database: some microseconds."""

    def __init__(self, keyring: Keyring) -> None:
        self._passes = Passes(keyring)

    def lets_in(self, given: bytes | None, *, event_id: EventId, user_id: UserId) -> bool:
        """Whether the value of `X-Queue-Pass` is this person's pass for this event, and now."""
        return given is not None and self._passes.is_good(
            given, event_id=event_id, user_id=user_id, now=clock.unix_seconds()
        )
