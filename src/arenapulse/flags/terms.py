"""The switches that code asks for, and what each is while nobody has set it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

ANALYTICS_INTAKE: Final = "analytics_intake"
"""Off: what pages tell is answered and not kept. The first thing to go where disks fill."""

LIVE_DASHBOARDS: Final = "live_dashboards"
"""Off: open dashboards are not pushed their figures; they read them now and then."""

DEFAULTS: Final = MappingProxyType({ANALYTICS_INTAKE: True, LIVE_DASHBOARDS: True})

NAMES_MAX: Final = 200
"""Set by anybody who administers; past it no new name is taken."""
