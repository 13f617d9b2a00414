"""Words and limits of gates."""

from __future__ import annotations

import datetime as dt
from typing import Final

LABEL_CHARACTERS_MAX: Final = 64
ID_CHARACTERS_MAX: Final = 64
CODE_CHARACTERS_MAX: Final = 512
BATCH_MAX: Final = 500
OFFLINE_MAX: Final = dt.timedelta(hours=24)
SKEW_MAX: Final = dt.timedelta(seconds=5)
"""How far a device's clock may be ahead of ours."""
DELTA_MAX: Final = 20_000
"""What is further behind gets the whole manifest."""
GATES_MAX: Final = 200
ZONES_MAX: Final = 50
SECTIONS_MAX: Final = 2_000
DEVICES_MAX: Final = 1_000
DEVICE_SESSIONS_MAX: Final = 8
"""Sign-ins that are known of a device, the last of them."""
LOCKED_OUT_MAX: Final = 5_000
"""Of an organization's locked-out devices, the last are those whose sign-ins may live."""
PASSBACK_SECONDS_MAX: Final = 86_400
REGISTRATION_MINUTES: Final = 30
CHECK_INS_OPEN_HOURS: Final = 6
"""How long before its start an event lets people in; `check_in.sql` says it again."""
BEAT_SECONDS: Final = 10
"""What gates let in is counted by so many seconds; `check_in.sql` says it again."""
