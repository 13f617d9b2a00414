"""What higher slices keep about a person: erased with the account, and exported. `wiring` fills."""

from __future__ import annotations

from typing import Protocol

from arenapulse.core.ids import UserId
from arenapulse.runtime.db import Session


class Erasable(Protocol):
    async def erase(self, session: Session, *, user_id: UserId) -> None:
        """Lets go of what the person holds and forgets who they were; the ledger stays.

        Runs in the erasure's transaction, before the account is locked: take stock locks freely.
        """
        ...


class Exporter(Protocol):
    name: str
    """The section's name in the export, camelCase."""

    async def export(self, session: Session, *, user_id: UserId) -> object:
        """JSON values: all that this slice keeps about the person."""
        ...
