"""What a PDF is written in: the house's letters, and another family's where the house has none.

Both are cut down: the house's to Latin, the other to what else Europe and its neighbours write. For
Chinese, Japanese and Korean there is none: a font of theirs has megabytes.
"""

from __future__ import annotations

import unicodedata
from importlib.resources import files
from typing import Final

from fpdf import FPDF
from fpdf.fonts import TTFFont

HOUSE: Final = "archivo"
OTHERS: Final = "dejavu"
_STYLES: Final = (("", "regular"), ("B", "bold"))
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_LINE_END: Final = ord("\n")


class Letters:
    """Those of one document; the second family is loaded by the first text that needs it."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._known = self._add(HOUSE) | {_LINE_END}
        self._has_others = False

    def said(self, text: str) -> str:
        """What has no letter is written without its marks, or as a question mark."""
        composed = unicodedata.normalize("NFC", text)
        if not self._can_write(composed):
            self._need_others()
            if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in composed):
                # From right to left, and letters of a word joined, from here on.
                self._pdf.set_text_shaping(use_shaping_engine=True)
        return "".join(map(self._letter, composed))

    def _letter(self, letter: str) -> str:
        if ord(letter) in self._known:
            return letter
        bare = "".join(
            part
            for part in unicodedata.normalize("NFKD", letter)
            if unicodedata.category(part) not in {"Mn", "Cf"}
        )
        return bare if self._can_write(bare) else "?"

    def _can_write(self, text: str) -> bool:
        return self._known.issuperset(map(ord, text))

    def _need_others(self) -> None:
        if not self._has_others:
            self._has_others = True
            self._known |= self._add(OTHERS)
            self._pdf.set_fallback_fonts([OTHERS])

    def _add(self, family: str) -> frozenset[int]:
        """What a family can write."""
        folder = files("arenapulse.runtime").joinpath("fonts")
        for style, name in _STYLES:
            self._pdf.add_font(family, style, str(folder.joinpath(f"{family}-{name}.ttf")))
            # Outlines go into the file as they are: to draw each again takes a fifth of a page's
            # time. For the same reason the house's have no tables of layout.
            added = self._pdf.fonts[family + style]
            assert isinstance(added, TTFFont)
            added.ttfont.recalcBBoxes = False
        font = self._pdf.fonts[family]
        assert isinstance(font, TTFFont)
        return frozenset(font.cmap)
