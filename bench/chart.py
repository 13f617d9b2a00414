"""Charts of the common houses: how large as sent, how long it takes to draw them, and pictures.

    python -m bench.chart [--pictures docs/screens/charts]

The seat states are those of a house that is unevenly sold, as GET /events/{id}/seats.bin sends it.
Goals for 60,000 seats: the chart ≤ 400 kB, the states ≤ 20 kB. Exit 1 where one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import math
import random
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from playwright.async_api import async_playwright

from arenapulse.entrypoints.charts.houses import KINDS, PLACES
from arenapulse.inventory import bitmap
from arenapulse.inventory.schemas import SeatBits
from arenapulse.inventory.seatstates import packed_all
from arenapulse.venues import drawing
from arenapulse.venues.seatmap import Chart
from tests.charts import chart_of, opened, unpacked
from tests.e2e.browsing import launch
from tests.e2e.pictures import lighter

CHART_BYTES_MAX, STATES_BYTES_MAX = 400_000, 20_000
SIZE: Final = {"width": 1100, "height": 880}
CLOSE_UP: Final = {"stadium": (430.0, 140.0, 150.0, 120.0)}
LEVEL_COLOURS: Final = ("#568fdb", "#4a2a80", "#7fc2df", "#4a58bc")
FIELD_COLOURS: Final = {"pitch": "#2f7d46", "stage": "#15181a", "ring": "#c9d3cf", "none": "none"}


def sold(chart: Chart) -> list[SeatBits]:
    """Parties side by side, each section as full as chance has it."""
    chance = random.Random(1)
    made: list[SeatBits] = []
    for section in chart.sections:
        share = chance.random()
        taken: set[int] = set()
        seat = 0
        while seat < section.seats:
            party = chance.choice((1, 2, 2, 3, 4))
            if chance.random() < share:
                taken.update(range(seat, min(seat + party, section.seats)))
            seat += party
        bits = bitmap.of(taken, seats=section.seats)
        blank = bitmap.empty(section.seats)
        made.append(SeatBits(section.id, section.seats, bits, bits, blank, 0, 1))
    return made


def svg(data: Mapping[str, Any], *, bits: Sequence[SeatBits], view: Sequence[float]) -> str:
    """The drawing as a browser shows it: free seats in their level's colour, taken ones grey."""
    parts = [f'<svg viewBox="{" ".join(map(str, view))}" style="font-size:{view[2] / 90}px">']
    parts.append(f'<path d="{_outline(data["field"].get("shape", []))}" ')
    parts.append(f'fill="{FIELD_COLOURS[data["field"]["kind"]]}"/>')
    places = unpacked(data["seats"])
    for section, its in zip(data["sections"], bits, strict=True):
        parts.append(f'<path d="{_outline(section["shape"])}" fill="#e4eae7"/>')
        if section["kind"] == "SEATED":
            parts += _seats(section, places=places, bits=its, levels=data["levels"])
    parts += [f'<path d="{_outline(o["shape"])}" fill="#5a6866"/>' for o in data["obstacles"]]
    for section in data["sections"]:
        x, y = section["label"]
        parts.append(f'<text x="{x}" y="{y}">{section["name"]}</text>')
    for gate in data["gates"]:
        x, y = gate["at"]
        parts.append(f'<rect x="{x - 9}" y="{y - 9}" width="18" height="18" rx="4"/>')
        parts.append(f'<text class="g" x="{x}" y="{y}">{gate["name"]}</text>')
    for text in data["texts"]:
        x, y = text["at"]
        parts.append(f'<text class="g" x="{x}" y="{y}">{text["text"]}</text>')
    return "".join([*parts, "</svg>"])


def _seats(
    section: Mapping[str, Any],
    *,
    places: Sequence[tuple[float, float]],
    bits: SeatBits,
    levels: Sequence[str],
) -> list[str]:
    level = levels.index(section["level"]) if section.get("level") else 0
    paths: dict[str, list[str]] = {}
    taken = int.from_bytes(bits.taken, "little")
    number = 0
    for row in section["rows"]:
        start = section["first"] + number
        its = places[start : start + row["seats"]]
        ways = [math.dist(a, b) for a, b in pairwise(its)]
        size = min(ways, default=2.0) * 0.38
        for seat, (x, y) in enumerate(its, 1):
            colour = LEVEL_COLOURS[level]
            if seat in row.get("accessible", ()):
                colour = "#0a6843"
            elif seat in row.get("companion", ()):
                colour = "#5adb9c"
            elif seat in row.get("restricted", ()):
                colour = "#ffb224"
            if taken >> number & 1:
                colour = "#b3bfc5"
            paths.setdefault(colour, []).append(
                f"M{x - size:.2f} {y - size:.2f}h{2 * size:.2f}v{2 * size:.2f}h{-2 * size:.2f}z"
            )
            number += 1
    return [f'<path d="{"".join(d)}" fill="{colour}"/>' for colour, d in paths.items()]


def _outline(shape: Sequence[Sequence[float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in shape) + "Z" if shape else "M0 0"


async def take_pictures(folder: Path, made: Mapping[str, tuple[dict[str, Any], Any]]) -> None:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport=SIZE)
        for kind, (data, bits) in made.items():
            left, top, right, bottom = data["bounds"]
            views = {kind: (left - 10, top - 10, right - left + 20, bottom - top + 20)}
            if kind in CLOSE_UP:
                views[f"{kind}-seats"] = CLOSE_UP[kind]
            for name, view in views.items():
                await page.set_content(STYLE + svg(data, bits=bits, view=view))
                picture = lighter(await page.screenshot())
                await asyncio.to_thread((folder / f"{name}.png").write_bytes, picture)
        await browser.close()


STYLE: Final = (
    "<style>body{margin:0;background:#f1f4f3}svg{width:100vw;height:100vh;shape-rendering:crispEdges}"
    "text{font-family:sans-serif;font-weight:700;text-anchor:middle;dominant-baseline:central;fill:#10171a;"
    "paint-order:stroke;stroke:#fffb;stroke-width:.25em}.g{fill:#fff;stroke:none}</style>"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path)
    folder = parser.parse_args().pictures
    missed = False
    made: dict[str, tuple[dict[str, Any], Any]] = {}
    print("| house | seats | document, kB | chart as sent, kB | states, kB | drawn in ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, generate in KINDS.items():
        document = generate(PLACES[kind])
        chart = chart_of(document)
        began = time.perf_counter()
        drawn = drawing.draw(chart)
        spent = (time.perf_counter() - began) * 1000
        bits = sold(chart)
        states = len(gzip.compress(packed_all(bits), 6))
        seats = sum(section.seats for section in chart.sections)
        kilobytes = (len(json.dumps(document)), len(drawn.packed), states)
        cells = " | ".join(f"{size / 1000:.1f}" for size in kilobytes)
        print(f"| {kind} | {seats:,} | {cells} | {spent:.0f} |", flush=True)
        missed |= len(drawn.packed) > CHART_BYTES_MAX or states > STATES_BYTES_MAX
        made[kind] = opened(drawn.packed), bits
    if folder is not None:
        asyncio.run(take_pictures(folder, made))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
