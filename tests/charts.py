"""Charts for tests: read from a document, drawn, and read back by a decoder of its own."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from arenapulse.core.ids import SectionId, VenueId
from arenapulse.venues import chartfile, drawing
from arenapulse.venues.document import ChartDocument
from arenapulse.venues.seatmap import Chart

CHART_ID, VENUE_ID = UUID(int=0xC), VenueId(UUID(int=0xE))


def ids(first: int = 1) -> Callable[[], SectionId]:
    numbers = itertools.count(first)
    return lambda: SectionId(UUID(int=next(numbers)))


def chart_of(document: dict[str, Any]) -> Chart:
    read = ChartDocument.model_validate(document)
    sections, geometry = chartfile.parts_of(read, known=(), fresh=ids())
    return Chart(CHART_ID, VENUE_ID, sections, geometry, read.name)


def opened(packed: bytes) -> dict[str, Any]:
    """The chart in a packed answer."""
    answer: dict[str, Any] = json.loads(gzip.decompress(packed))
    assert answer["success"] is True
    data: dict[str, Any] = answer["data"]
    return data


def answer_of(chart: Chart) -> dict[str, Any]:
    return opened(drawing.draw(chart).packed)


def unpacked(seats: dict[str, Any]) -> list[tuple[float, float]]:
    """A second decoder, written from the page and not from the encoder."""

    def values(packed: str) -> list[int]:
        raw = base64.b64decode(packed)
        steps = (raw[n] + 256 * raw[n + 1] for n in range(0, len(raw), 2))
        return [total % 65_536 for total in itertools.accumulate(steps)]

    return [
        (seats["left"] + x * seats["scale"], seats["top"] + y * seats["scale"])
        for x, y in zip(values(seats["x"]), values(seats["y"]), strict=True)
    ]
