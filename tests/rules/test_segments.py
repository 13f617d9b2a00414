"""How many parts a text message is paid for."""

from __future__ import annotations

import pytest

from arenapulse.notifications.segments import segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("Grüße, ¿qué? Ä", "GSM-7", 14, 1),
        ("€" * 80, "GSM-7", 160, 1),
        # An escape and its letter go into one part: 76 pairs and a hole in each.
        ("€" * 81, "GSM-7", 162, 2),
        ("a" + "€" * 152, "GSM-7", 305, 2),
        ("€" * 153, "GSM-7", 306, 3),
        ("á", "UCS-2", 1, 1),
        ("ñ" * 160, "GSM-7", 160, 1),
        ("ó" * 70, "UCS-2", 70, 1),
        ("ó" * 71, "UCS-2", 71, 2),
        ("ó" * 135, "UCS-2", 135, 3),
        # A character beyond the first plane is two units and never split.
        ("🏟" * 35, "UCS-2", 70, 1),
        ("🏟" * 36, "UCS-2", 72, 2),
        ("🏟" * 67, "UCS-2", 134, 3),
        ("’", "UCS-2", 1, 1),
    ],
)
def test_parts_are_counted_as_operators_do(
    text: str, encoding: str, units: int, parts: int
) -> None:
    assert segments(text) == (encoding, units, parts)
