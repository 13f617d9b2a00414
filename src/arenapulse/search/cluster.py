"""A cluster that speaks the search API which Elasticsearch and OpenSearch share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

CALL_SECONDS_MAX: Final = 2.0
"""Of a search: somebody waits for it."""
WORK_SECONDS_MAX: Final = 20.0
"""Of what keeps the index: nobody waits, and a node that was just started is slow."""

Json = Mapping[str, Any]


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
        seconds_max: float = WORK_SECONDS_MAX,
    ) -> dict[str, Any]:
        """What it answers; `lines` are a bulk. Raises `EngineAway` and `ClusterRefused`."""
        ...

    async def close(self) -> None: ...
