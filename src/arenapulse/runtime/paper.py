"""Sheets of paper as PDF, in the house's letters; blocking, so call it in a thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from arenapulse.runtime.letters import HOUSE, Letters

WIDTH: Final = 170.0
_LEFT: Final = 20.0


def moment(at: dt.datetime, *, timezone: str, language: str) -> str:
    """A time where it happens, with the name of its zone: the reader may be elsewhere."""
    local = at.astimezone(ZoneInfo(timezone))
    date = format_date(local, format="full", locale=language)
    clock = format_time(local.timetz(), format="short", locale=language)
    zone = get_timezone_name(local, width="long", locale=language)
    # The fonts have no narrow space.
    return f"{date}, {clock} ({zone})".replace("\u202f", "\u00a0")


def day(at: dt.datetime, *, timezone: str) -> str:
    """The date that they write there."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"


class Paper:
    """An A4 page after another, written from the top."""

    def __init__(self, *, title: str, at: dt.datetime) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.set_margins(_LEFT, 20, _LEFT)
        self._pdf.set_creation_date(at)
        self._letters = Letters(self._pdf)
        self._pdf.set_title(title)
        self._pdf.add_page()

    def heading(self, text: str) -> None:
        self._pdf.set_font(HOUSE, "B", 20)
        self._write(text, height=10)
        self.space(2)

    def line(self, text: str, *, bold: bool = False) -> None:
        self._pdf.set_font(HOUSE, "B" if bold else "", 10)
        self._write(text, height=5.5)

    def _write(self, text: str, *, height: float) -> None:
        said = self._letters.said(text)
        self._pdf.multi_cell(WIDTH, height, said, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def row(self, cells: Sequence[str], *, widths: Sequence[float], bold: bool = False) -> None:
        """Cells beside each other; the first to the left, the others to the right."""
        self._pdf.set_font(HOUSE, "B" if bold else "", 10)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            text = self._letters.said(cell)
            while text and self._pdf.get_string_width(text) > width - 2:
                text = text[:-1]
            self._pdf.cell(width, 6.5, text, align="R" if number else "L", border="B")
        self._pdf.ln(6.5)

    def space(self, millimetres: float) -> None:
        self._pdf.ln(millimetres)

    def made(self) -> bytes:
        return bytes(self._pdf.output())
