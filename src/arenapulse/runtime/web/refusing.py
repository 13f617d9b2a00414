"""Who asked for what they may not do, or by a key without its secret: in the audit log.

Once a minute for a route of theirs.
"""

from __future__ import annotations

from typing import Final

from arenapulse.core.clock import monotonic_seconds
from arenapulse.core.errors import Refusal
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
        """Of who is known, where it is watched; `path` is the route's. Never raises for it."""
        who = caller.get()
        if who is None or not isinstance(error, Refusal) or not error.is_watched:
            return
        if not self._is_first(f"{who.actor_id} {error.code} {method} {path}"):
            return
        try:
            async with self._database.transaction() as session:
                await audit(
                    session,
                    action="access.refused",
                    subject_id=who.actor_id,
                    # A key's owners must hear of it; a person is nobody's.
                    organization_id=who.organization_id,
                    details={"method": method, "path": path, "code": error.code},
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
