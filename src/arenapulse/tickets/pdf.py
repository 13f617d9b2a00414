"""A ticket on paper, or a page as wide as a phone: fonts embedded, tagged for who listens to it.

The library tags pictures by itself and text by nothing that is public: `_Tagged` does what it does
for pictures. Its version is pinned, and a test reads the tags back.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import segno
from fpdf import FPDF, ViewerPreferences

FONTS: Final = Path(__file__).parent / "fonts"
Size = Literal["a4", "phone"]
_PAGES: Final[dict[Size, tuple[float, float]]] = {"a4": (210, 297), "phone": (90, 190)}
_MARGIN: Final[dict[Size, float]] = {"a4": 20, "phone": 8}
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
    """One page."""
    pdf = _Tagged(unit="mm", format=_PAGES[size])
    margin = _MARGIN[size]
    pdf.set_margin(margin)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(paper.title)
    pdf.set_lang(paper.language)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.add_font("archivo", "", FONTS / "archivo-regular.ttf")
    pdf.add_font("archivo", "B", FONTS / "archivo-bold.ttf")
    pdf.add_page()
    width = pdf.epw
    pdf.set_font("archivo", "B", 24 if size == "a4" else 17)
    with pdf.tagged("/H1"):
        pdf.multi_cell(width, None, paper.title, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("archivo", "", 12 if size == "a4" else 10)
    pdf.ln(2)
    for text in (paper.when, paper.where):
        with pdf.tagged("/P"):
            pdf.multi_cell(width, None, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(5)
    for name, value in paper.lines:
        with pdf.tagged("/P"):
            pdf.set_font("archivo", "", 9)
            pdf.cell(width, 5, name, new_x="LMARGIN", new_y="NEXT")
            pdf.set_font("archivo", "B", 20 if size == "a4" else 16)
            pdf.multi_cell(width, None, value, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1)
    pdf.ln(3)
    if paper.code is not None:
        side = min(width, 74.0)
        pdf.image(_picture(paper.code), w=side, h=side, alt_text=paper.code_words)
        pdf.ln(3)
    pdf.set_font("archivo", "", 10)
    with pdf.tagged("/P"):
        pdf.multi_cell(width, None, paper.note, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)
    pdf.set_font("archivo", "", 8)
    with pdf.tagged("/P"):
        pdf.cell(width, 4, paper.number)
    return bytes(pdf.output())


def _picture(code: str) -> io.BytesIO:
    made = io.BytesIO()
    segno.make(code, error="m", micro=False).save(made, kind="png", scale=8, border=4)
    made.seek(0)
    return made
