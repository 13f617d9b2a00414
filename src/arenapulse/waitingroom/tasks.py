"""The inlet's second, the draw, and the night in which old lines are forgotten."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.waitingroom.service.drawing import LOOK_SECONDS, Drawing
from arenapulse.waitingroom.service.forgetting import forget_old
from arenapulse.waitingroom.service.steering import STEP_SECONDS, Steering


def registry(steering: Steering, *, drawing: Drawing, database: Database) -> Registry:
    made = Registry()

    @made.loop("waitingroom.steer", seconds=STEP_SECONDS)
    async def steer() -> None:
        await steering.step()

    @made.loop("waitingroom.draw", seconds=LOOK_SECONDS)
    async def draw() -> None:
        await drawing.draw()

    @made.task("waitingroom.forget", cron="27 3 * * *", limits=Limits(seconds_max=1800))
    async def forget(**_future: object) -> None:
        await forget_old(database, now=clock.now())

    assert forget
    return made
