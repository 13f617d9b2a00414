"""Words and limits of venues that bodies, rules and tables share."""

from __future__ import annotations

import enum

SECTIONS_MAX = 500
ROWS_MAX = 200
SEATS_A_ROW_MAX = 1_000
VENUE_CAPACITY_MAX = 500_000
SHAPE_POINTS_MAX = 200
LINE_POINTS_MAX = 100
GAPS_A_ROW_MAX = 40
GAP_WIDTH_MAX = 100.0
LEVELS_MAX = 50
GATES_MAX = 200
TEXTS_MAX = 200
OBSTACLES_MAX = 500
PRINTED_MAX = 99_999
"""The highest number that stands on a seat."""


class SectionKind(enum.StrEnum):
    GENERAL = "GENERAL"
    SEATED = "SEATED"


class FieldKind(enum.StrEnum):
    """What everybody looks at."""

    PITCH = "pitch"
    STAGE = "stage"
    RING = "ring"
    NONE = "none"


class GapKind(enum.StrEnum):
    """What lies between two seats of a row that are not side by side."""

    AISLE = "aisle"
    GAP = "gap"
    VOMITORY = "vomitory"
