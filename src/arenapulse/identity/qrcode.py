"""A picture that a telephone reads, as SVG."""

from __future__ import annotations

import segno


def svg(text: str) -> str:
    """Black on white with its quiet zone, whatever the page's colours are; it scales."""
    return str(
        segno.make(text, error="m", micro=False).svg_inline(
            dark="#000", light="#fff", border=4, omitsize=True
        )
    )
