"""A ticket on paper, or a page as wide as a phone: fonts embedded, tagged for who listens to it.

The library tags pictures by itself and text by nothing that is public: `_Tagged` does what it does
for pictures. Its version is pinned, and a test reads the tags back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, Literal

import segno
from fpdf import FPDF, ViewerPreferences
from fpdf.fonts import TTFFont
from PIL import Image

from arenapulse.runtime.letters import HOUSE, Letters

Size = Literal["a4", "phone"]
_PAGES: Final[dict[Size, tuple[float, float]]] = {"a4": (210, 297), "phone": (90, 200)}
_MARGIN: Final[dict[Size, float]] = {"a4": 20, "phone": 8}
_SCALES: Final = (0.85, 0.7, 0.55)
"""Of the letters on a sheet that is as long as it is: what is long is said smaller."""
_DOTS: Final = 8
_DARK, _LIGHT = b"\x00" * _DOTS, b"\xff" * _DOTS
_Role = Literal["/H1", "/P"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is printed; `code` is None where the organizer takes no paper."""

    language: str
    title: str
    when: str
    where: str
    lines: tuple[tuple[str, str], ...]
    code: str | None
    code_words: str
    note: str
    number: str


class _Tagged(FPDF):
    @contextlib.contextmanager
    def tagged(self, role: _Role) -> Generator[None, None, None]:
        """What is drawn inside is one heading, or one paragraph, in the order of the reading."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=role, mcid=number)
        self._out(f"{role} <</MCID {number}>> BDC")
        yield
        self._out("EMC")


def render(paper: Paper, *, size: Size) -> bytes:
    """One page; one for a phone is as long as what it says."""
    width, height = _PAGES[size]
    pdf, end = _drawn(paper, size=size, page=(width, height), scale=1.0)
    if end > height and size == "phone":
        _close(pdf)
        pdf, _ = _drawn(paper, size=size, page=(width, end), scale=1.0)
    elif end > height:
        for scale in _SCALES:
            _close(pdf)
            pdf, end = _drawn(paper, size=size, page=(width, height), scale=scale)
            if end <= height:
                break
    return bytes(pdf.output())


def _drawn(
    paper: Paper, *, size: Size, page: tuple[float, float], scale: float
) -> tuple[FPDF, float]:
    """The page, and how long it would have to be."""
    pdf = _Tagged(unit="mm", format=page)
    margin = _MARGIN[size]
    pdf.set_margin(margin)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(paper.title)
    pdf.set_lang(paper.language)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    said = Letters(pdf).said
    pdf.add_page()
    width = pdf.epw
    pdf.set_font(HOUSE, "B", (24 if size == "a4" else 17) * scale)
    with pdf.tagged("/H1"):
        pdf.multi_cell(width, None, said(paper.title), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(HOUSE, "", (12 if size == "a4" else 10) * scale)
    pdf.ln(2)
    for text in (paper.when, paper.where):
        with pdf.tagged("/P"):
            pdf.multi_cell(width, None, said(text), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(5 * scale)
    for name, value in paper.lines:
        with pdf.tagged("/P"):
            pdf.set_font(HOUSE, "", 9)
            pdf.cell(width, 5, said(name), new_x="LMARGIN", new_y="NEXT")
            pdf.set_font(HOUSE, "B", (20 if size == "a4" else 16) * scale)
            pdf.multi_cell(width, None, said(value), align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1)
    pdf.ln(3 * scale)
    if paper.code is not None:
        # No smaller than it is: a gate has to read it.
        side = min(width, 74.0)
        pdf.image(_picture(paper.code), w=side, h=side, alt_text=paper.code_words)
        pdf.ln(3)
    pdf.set_font(HOUSE, "", 10 * scale)
    with pdf.tagged("/P"):
        pdf.multi_cell(width, None, said(paper.note), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)
    pdf.set_font(HOUSE, "", 8)
    with pdf.tagged("/P"):
        pdf.cell(width, 4, said(paper.number), new_x="LMARGIN", new_y="NEXT")
    return pdf, pdf.get_y() + margin


def _close(pdf: FPDF) -> None:
    """What is not put out keeps the files of its letters open."""
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            font.close()


def _picture(code: str) -> Image.Image:
    """Some dots a module, for programs that smooth what they enlarge; white all around."""
    rows = segno.make(code, error="m", micro=False).matrix_iter(border=4)
    lines = [b"".join(_DARK if is_dark else _LIGHT for is_dark in row) for row in rows]
    side = len(lines) * _DOTS
    return Image.frombytes("L", (side, side), b"".join(line * _DOTS for line in lines))
