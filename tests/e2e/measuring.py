"""What a page costs a phone: bytes as sent, paint, blocked time, and how busy it is in the end.

The browser is slowed to a quarter, about a phone of the middle range. How busy it is is counted in
processor time, which a machine that does other things as well does not change. Milliseconds are the
wall's: `noise` says how many wait for each processor, and their limits are multiplied by it.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from playwright.async_api import CDPSession, Page

THROTTLE: Final = 4
# Long enough for what is fetched after the first paint.
SETTLE_SECONDS: Final = 1.5

WATCH: Final = """
window.__seen = {paint: 0, first: 0, long: []};
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) __seen.paint = entry.startTime;
}).observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (entry.name === 'first-contentful-paint') __seen.first = entry.startTime;
}).observe({type: 'paint', buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) __seen.long.push([entry.startTime, entry.duration]);
}).observe({type: 'longtask', buffered: true});
"""

_SEEN: Final = r"""
() => ({
  paint: __seen.paint,
  blocked: __seen.long.filter(([start]) => start >= __seen.first)
    .reduce((sum, [, took]) => sum + took - 50, 0),
  scripts: performance.getEntriesByType('resource')
    .filter(entry => /(?<!\/seat-map-[^/]*)\.js$/.test(new URL(entry.name).pathname))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
})
"""


@dataclass(frozen=True)
class Visit:
    """Milliseconds, and bytes of scripts as they came over the wire, without the seat map's."""

    paint: float
    blocked: float
    scripts: int
    noise: float


@dataclass(frozen=True)
class Cost:
    """The middle of several visits."""

    paint: float
    blocked: float
    scripts: int
    noise: float

    @classmethod
    def of(cls, visits: list[Visit]) -> Cost:
        return cls(
            median(visit.paint for visit in visits),
            median(visit.blocked for visit in visits),
            max(visit.scripts for visit in visits),
            median(visit.noise for visit in visits),
        )


async def slowed(page: Page) -> CDPSession:
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


async def seen(page: Page) -> Visit:
    await asyncio.sleep(SETTLE_SECONDS)
    told = await page.evaluate(_SEEN)
    return Visit(told["paint"], told["blocked"], told["scripts"], noise())


def noise() -> float:
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def frames_of(session: CDPSession) -> list[str]:
    """A list that what comes by the page's sockets is added to, as it comes."""
    frames: list[str] = []

    def heard(told: dict[str, Any]) -> None:
        frames.append(told["response"]["payloadData"])

    session.on("Network.webSocketFrameReceived", heard)
    await session.send("Network.enable")
    return frames


async def busy_share(session: CDPSession, *, seconds: float) -> float:
    """Which part of the time the page's thread works, in processor time."""
    before = await _metrics(session)
    await asyncio.sleep(seconds)
    after = await _metrics(session)
    return (after["TaskDuration"] - before["TaskDuration"]) / (
        after["Timestamp"] - before["Timestamp"]
    )


async def _metrics(session: CDPSession) -> dict[str, float]:
    told = await session.send("Performance.getMetrics")
    return {each["name"]: each["value"] for each in told["metrics"]}
