"""Flags: the switches of a process, and who sets them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from arenapulse.flags import routes
from arenapulse.flags.switches import Switches
from arenapulse.wiring.parts import House, Part


def part(house: House, *, switches: Switches) -> Part:
    house.provided.give(Switches, switches)

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        await switches.start()
        try:
            yield
        finally:
            await switches.stop()

    return Part(routers=(routes.router,), living=living)
