"""Sign-ins that spoke as a device which was locked out: whatever they call themselves now.

A device's id is the client's own word: who keeps a lost phone would scan on under another one.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId, SessionId
from arenapulse.gates import queries
from arenapulse.gates.errors import DeviceLocked
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.db import Database

AGE_SECONDS_MAX: Final = 0.8
ORGANIZATIONS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    sessions: frozenset[SessionId]
    read_at: float


class Lockouts:
    """What a process knows of them, read once a second and organization; one a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[OrganizationId, _Known] = OrderedDict()

    def is_clear(self, actor: Actor, *, organization_id: OrganizationId) -> bool:
        """Whether it is known, and fresh, that this sign-in may scan; False says to look."""
        if actor.key is not None:
            return True
        known = self._known.get(organization_id)
        return (
            known is not None
            and clock.monotonic_seconds() - known.read_at < AGE_SECONDS_MAX
            and actor.session_id not in known.sessions
        )

    async def require_clear(self, actor: Actor, *, organization_id: OrganizationId) -> None:
        """Raises `DeviceLocked`; that it is one is looked up, for it may be registered anew."""
        if self.is_clear(actor, organization_id=organization_id):
            return
        asked_at = clock.monotonic_seconds()
        sessions = await queries.locked_out(self._database, organization_id=organization_id)
        self._known[organization_id] = _Known(sessions, asked_at)
        self._known.move_to_end(organization_id)
        while len(self._known) > ORGANIZATIONS_MAX:
            self._known.popitem(last=False)
        if actor.session_id in sessions:
            raise DeviceLocked
