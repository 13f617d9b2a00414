"""Words and limits of wait-lists."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

QUANTITY_MAX: Final = 10
EVENTS_PER_ROUND_MAX: Final = 50
OFFERS_PER_ROUND_MAX: Final = 100
OFFER_SECONDS: Final = 1_200
"""How long an offered place is held: as long as any hold may last."""


class WaitStatus(StrEnum):
    """TAKEN was bought; OVER ran out; LEFT was taken back by who waited."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    TAKEN = "TAKEN"
    OVER = "OVER"
    LEFT = "LEFT"
