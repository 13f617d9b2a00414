"""Words and limits of waiting rooms."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Final

PASS_SECONDS: Final = 600
"""For how long one may order once it is one's turn."""
LANES_MAX: Final = 8
EVERYBODY: Final = 0
"""The lane of who names none."""
PEOPLE_MAX: Final = 4_000_000
"""In one lane: a drawn place is four bytes of one row."""
MESSAGE_LENGTH_MAX: Final = 300
INSIDE_MAX: Final = 1_000_000
KEEP: Final = dt.timedelta(days=30)
"""After an event is over, who waited for it and how its line moved are forgotten."""


class Phase(enum.StrEnum):
    """How it stands with one's place."""

    LOBBY = "LOBBY"
    """There is no order yet: the draw makes it, when the sale starts."""
    DRAWING = "DRAWING"
    WAITING = "WAITING"
    TURN = "TURN"
    MISSED = "MISSED"
    """The time to go in is over: joining again is a place at the end."""
    OPEN = "OPEN"
    """The waiting room was taken away: nobody needs a pass."""
