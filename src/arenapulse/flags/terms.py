"""The switches that code asks for, and what each is while nobody has set it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ANALYTICS_INTAKE: Final = "analytics_intake"
"""Off: what pages tell is answered and not kept. The first thing to go where disks fill."""

LIVE_DASHBOARDS: Final = "live_dashboards"
"""Off: open dashboards are not pushed their figures, they read them. By organization."""

PAYMENTS: Final = "payments"
"""Off: no card is charged; orders are held, their charges wait."""

REFUNDS: Final = "refunds"
"""Off: no money goes back; refunds that were given wait."""

MAIL: Final = "mail"
"""Off: no mail is sent; messages wait."""

TEXTS: Final = "texts"
"""Off: no text message is sent; messages wait."""

WEBHOOKS: Final = "webhooks"
"""Off: nobody's machines are told; deliveries wait."""

SEARCH_CLUSTER: Final = "search_cluster"
"""Off: PostgreSQL answers every search, as while the cluster is away."""

PICTURES: Final = "pictures"
"""Off: no new picture is taken in; those that are there are shown. By organization."""

HUMANS: Final = "humans"
"""Off: nobody is asked whether a person joins a line; the work for a place is left. By person."""

REHEARSALS: Final = "rehearsals"
"""Off: no rehearsal is asked for, those that wait are not played, one under way breaks off."""

EXPORTS: Final = "exports"
"""Off: no file of figures, orders, attendees, the audit log or one's own data is made."""

CAMPAIGNS: Final = "campaigns"
"""Off: no campaign is counted or approved; what approved ones have to send waits."""

BEST_AVAILABLE: Final = "best_available"
"""Off: nobody is offered seats before they order; who orders without naming any gets them."""

DEFAULTS: Final[Mapping[str, bool]] = MappingProxyType(
    dict.fromkeys(
        (
            *(ANALYTICS_INTAKE, LIVE_DASHBOARDS, PAYMENTS, REFUNDS, MAIL, TEXTS),
            *(WEBHOOKS, SEARCH_CLUSTER, PICTURES, HUMANS),
            *(REHEARSALS, EXPORTS, CAMPAIGNS, BEST_AVAILABLE),
        ),
        True,
    )
)

AIMED: Final = frozenset({LIVE_DASHBOARDS, PICTURES, HUMANS})
"""Asked for somebody, so they may be on for some alone; the others are on for all or for nobody."""

TARGETS_MAX: Final = 100
"""People and organizations that are named for one flag; who wants more gives a percentage."""

NAMES_MAX: Final = 200
"""Set by anybody who administers; past it no new name is taken."""
