"""Who asked for what they may not do: in the audit log, once a minute for a route of theirs."""

from __future__ import annotations

from typing import Final

from arenapulse.core.clock import monotonic_seconds
from arenapulse.core.errors import Forbidden
from arenapulse.runtime import log
from arenapulse.runtime.audit import audit, caller
from arenapulse.runtime.db import Database, as_unavailable

AGAIN_SECONDS: Final = 60
NOTED_MAX: Final = 60
"""In that time, of all together: the log is never cut, and anybody may ask."""

_log = log.logger("web.refusing")


class Refusals:
    """One a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, float] = {}

    async def note(self, error: Exception, *, method: str, path: str) -> None:
        """Of who is known, and lacks the right; `path` is the route's. Never raises for it."""
        who = caller.get()
        if who is None or not isinstance(error, Forbidden):
            return
        if not self._is_first(f"{who.actor_id} {method} {path}"):
            return
        try:
            async with self._database.transaction() as session:
                await audit(
                    session,
                    action="access.refused",
                    subject_id=who.actor_id,
                    organization_id=None,
                    details={"method": method, "path": path},
                )
        except Exception as failure:
            if as_unavailable(failure) is None:
                raise
            _log.warning("a refusal was not noted", error=log.name_of(failure))

    def _is_first(self, what: str) -> bool:
        now = monotonic_seconds()
        while self._noted and now - self._noted[first := next(iter(self._noted))] >= AGAIN_SECONDS:
            del self._noted[first]
        if what in self._noted or len(self._noted) >= NOTED_MAX:
            return False
        self._noted[what] = now
        return True
