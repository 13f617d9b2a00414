"""Words and limits of outreach."""

from __future__ import annotations

import enum
from typing import Final

TEXT_CHARACTERS_MAX: Final = 1_000
TITLE_CHARACTERS_MAX: Final = 150
GATE_CHARACTERS_MAX: Final = 64
PLACE_CHARACTERS_MAX: Final = 200
PER_MINUTE_DEFAULT: Final = 20_000
PER_MINUTE_MAX: Final = 60_000
PEOPLE_PER_ROUND: Final = 2_500


class CampaignStatus(enum.StrEnum):
    """PENDING → SENDING → SENT, and STOPPED while any of it waits; shown SENDING until then."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    STOPPED = "STOPPED"


class Segment(enum.StrEnum):
    HOLDERS = "HOLDERS"
    SECTION = "SECTION"
    NOT_SCANNED = "NOT_SCANNED"
