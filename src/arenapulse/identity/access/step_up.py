"""What matters is asked again of who has a second factor and signed in a while ago."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends

from arenapulse.core import clock
from arenapulse.identity.access.deps import SignedIn
from arenapulse.identity.errors import StepUpNeeded
from arenapulse.identity.queries.factors import has_factor
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.db import Database
from arenapulse.runtime.web.deps import RuntimeDep

FRESH: Final = dt.timedelta(minutes=15)


class StepUp:
    """For refunds, exports, keys and roles; a key's request is signed instead."""

    def __init__(self, *, database: Database, actor: Actor) -> None:
        self._database = database
        self._actor = actor

    async def require(self, *, rights: Callable[[], Awaitable[object]] | None = None) -> None:
        """Raises what `rights` does, then `StepUpNeeded`; without `rights` they are judged."""
        if self._actor.key is not None or clock.now() - self._actor.signed_in_at <= FRESH:
            return
        if rights is not None:
            await rights()
        if await has_factor(self._database, user_id=self._actor.user_id):
            raise StepUpNeeded


async def step_up_of(runtime: RuntimeDep, actor: SignedIn) -> StepUp:
    return StepUp(database=runtime.database, actor=actor)


StepUpDep = Annotated[StepUp, Depends(step_up_of)]
