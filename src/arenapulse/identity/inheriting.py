"""What a visitor holds goes to the person they turn out to be; `wiring` fills it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from arenapulse.core.ids import OrderId, UserId
from arenapulse.runtime.db import Session


class Inheritor(Protocol):
    async def inherit(
        self, session: Session, *, guest_id: UserId, heir_id: UserId
    ) -> Sequence[OrderId]:
        """The visitor's holds become the account's, as far as its caps allow; says which did.

        They last as long as any hold from now on. The same id for both: the visitor got a name.
        Runs before the account is locked: take stock locks freely.
        """
        ...
