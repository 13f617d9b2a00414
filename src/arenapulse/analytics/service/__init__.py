"""The figures: read with rights, shown while somebody looks, kept for as long as is set."""

from __future__ import annotations

from arenapulse.analytics.service.insights import (
    channels,
    cohorts,
    export_parquet,
    export_xlsx,
    prices,
    replay,
)
from arenapulse.analytics.service.keeping import Keeping
from arenapulse.analytics.service.live import Dashboards
from arenapulse.analytics.service.reading import (
    attention,
    export_csv,
    funnel,
    judged,
    sections,
    summary,
    timeseries,
)

__all__ = [
    "Dashboards",
    "Keeping",
    "attention",
    "channels",
    "cohorts",
    "export_csv",
    "export_parquet",
    "export_xlsx",
    "funnel",
    "judged",
    "prices",
    "replay",
    "sections",
    "summary",
    "timeseries",
]
