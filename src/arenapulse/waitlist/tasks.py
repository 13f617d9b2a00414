"""Each second places that came back are offered to who waits."""

from __future__ import annotations

from arenapulse.runtime.jobs import Registry
from arenapulse.waitlist.service import Offerer

ROUND_SECONDS = 1.0


def registry(offerer: Offerer) -> Registry:
    made = Registry()

    @made.loop("waitlist.offer", seconds=ROUND_SECONDS)
    async def offer() -> None:
        await offerer.round()

    assert offer
    return made
