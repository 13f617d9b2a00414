"""Words and limits of tickets and their codes."""

from __future__ import annotations

from typing import Final

STEP_SECONDS: Final = 15
"""How long one code of a rotating ticket is shown."""
STEPS_BEFORE: Final = 2
STEPS_AFTER: Final = 1
"""A gate takes the codes of two steps ago to one step ahead."""
DIGITS: Final = 6
TRANSFER_DAYS: Final = 7
TRANSFER_TOKEN_BYTES: Final = 24
