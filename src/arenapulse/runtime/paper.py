"""Sheets of paper as PDF, in the house's letters; blocking, so call it in a thread."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

FAMILY: Final = "archivo"
WIDTH: Final = 170.0
_LEFT: Final = 20.0


def keep_outlines(pdf: FPDF) -> None:
    """Its letters go into the file as they are: to draw each again takes a fifth of a page's time.

    For the same reason our fonts have no tables of layout, which this library does not read.
    """
    for font in pdf.fonts.values():
        assert isinstance(font, TTFFont)
        font.ttfont.recalcBBoxes = False


def _letters_of(pdf: FPDF) -> frozenset[int]:
    font = pdf.fonts[FAMILY]
    assert isinstance(font, TTFFont)
    return frozenset(font.cmap)


class Paper:
    """An A4 page after another, written from the top."""

    def __init__(self, *, title: str, at: dt.datetime) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.set_margins(_LEFT, 20, _LEFT)
        self._pdf.set_creation_date(at)
        fonts = files("arenapulse.runtime").joinpath("fonts")
        for style, name in (("", "archivo-regular.ttf"), ("B", "archivo-bold.ttf")):
            self._pdf.add_font(FAMILY, style, str(fonts.joinpath(name)))
        keep_outlines(self._pdf)
        self._known = _letters_of(self._pdf)
        self._pdf.set_title(title)
        self._pdf.add_page()

    def heading(self, text: str) -> None:
        self._pdf.set_font(FAMILY, "B", 20)
        self._write(text, height=10)
        self.space(2)

    def line(self, text: str, *, bold: bool = False) -> None:
        self._pdf.set_font(FAMILY, "B" if bold else "", 10)
        self._write(text, height=5.5)

    def _write(self, text: str, *, height: float) -> None:
        said = self._said(text)
        self._pdf.multi_cell(WIDTH, height, said, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def row(self, cells: Sequence[str], *, widths: Sequence[float], bold: bool = False) -> None:
        """Cells beside each other; the first to the left, the others to the right."""
        self._pdf.set_font(FAMILY, "B" if bold else "", 10)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            text = self._said(cell)
            while text and self._pdf.get_string_width(text) > width - 2:
                text = text[:-1]
            self._pdf.cell(width, 6.5, text, align="R" if number else "L", border="B")
        self._pdf.ln(6.5)

    def space(self, millimetres: float) -> None:
        self._pdf.ln(millimetres)

    def made(self) -> bytes:
        return bytes(self._pdf.output())

    def _said(self, text: str) -> str:
        """What the letters cannot write is written without its marks, or as a question mark."""
        return "".join(self._letter(letter) for letter in unicodedata.normalize("NFC", text))

    def _letter(self, letter: str) -> str:
        if ord(letter) in self._known:
            return letter
        bare = unicodedata.normalize("NFKD", letter)[:1]
        return bare if bare and ord(bare) in self._known else "?"
