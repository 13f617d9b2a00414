"""Words and limits of venues that bodies, rules and tables share."""

from __future__ import annotations

import enum

SECTIONS_MAX = 500
ROWS_MAX = 200
SEATS_A_ROW_MAX = 1_000
VENUE_CAPACITY_MAX = 500_000
SHAPE_POINTS_MAX = 200


class SectionKind(enum.StrEnum):
    GENERAL = "GENERAL"
    SEATED = "SEATED"
