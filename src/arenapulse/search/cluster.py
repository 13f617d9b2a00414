"""A cluster that speaks the search API which Elasticsearch and OpenSearch share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

CALL_SECONDS_MAX: Final = 2.0
"""Of a search: somebody waits for it."""
WORK_SECONDS_MAX: Final = 20.0

Json = Mapping[str, Any]


def seconds_max(path: str) -> float:
    """How long a call may take: whoever keeps an index has more time than whoever searches."""
    return CALL_SECONDS_MAX if path.endswith("/_search") else WORK_SECONDS_MAX


class ClusterRefused(Exception):
    """It answered that it will not: a bug of ours, or somebody else's index."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the cluster answered {status}")
        self.status = status


class Cluster(Protocol):
    name: str

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        lines: Sequence[Json] | None = None,
    ) -> dict[str, Any]:
        """What it answers; `lines` are a bulk. Raises `EngineAway` and `ClusterRefused`."""
        ...

    async def close(self) -> None: ...
