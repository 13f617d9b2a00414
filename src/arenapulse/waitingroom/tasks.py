"""The inlet's second."""

from __future__ import annotations

from arenapulse.runtime.jobs import Registry
from arenapulse.waitingroom.service.steering import STEP_SECONDS, Steering


def registry(steering: Steering) -> Registry:
    made = Registry()

    @made.loop("waitingroom.steer", seconds=STEP_SECONDS)
    async def steer() -> None:
        await steering.step()

    return made
