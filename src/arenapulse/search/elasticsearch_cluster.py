"""Elasticsearch 8 and 9 by its own client, which refuses every other product."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from elastic_transport import ApiError, TransportError
from elasticsearch import AsyncElasticsearch

from arenapulse.runtime.db import forbid_in_transaction
from arenapulse.search.cluster import CALL_SECONDS_MAX, WORK_SECONDS_MAX, ClusterRefused, Json
from arenapulse.search.engine import EngineAway

# The client would speak as its own version, 9, does, which a cluster of 8 refuses; 9 knows both.
_JSON: Final = "application/vnd.elasticsearch+json; compatible-with=8"
_LINES: Final = "application/vnd.elasticsearch+x-ndjson; compatible-with=8"


class ElasticsearchCluster:
    name = "elasticsearch"

    def __init__(self, url: str) -> None:
        # While it is away each call of ours would be a line in the log; we say it ourselves.
        for name in ("elastic_transport.transport", "elastic_transport.node_pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client = AsyncElasticsearch(url, max_retries=0, request_timeout=CALL_SECONDS_MAX)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        lines: Sequence[Json] | None = None,
        seconds_max: float = WORK_SECONDS_MAX,
    ) -> dict[str, Any]:
        forbid_in_transaction(self.name)
        kind = _JSON if lines is None else _LINES
        client = self._client.options(request_timeout=seconds_max)
        try:
            answer = await client.perform_request(
                method,
                path,
                headers={"accept": _JSON, "content-type": kind},
                body=body if lines is None else list(lines),
            )
        except (TransportError, OSError, TimeoutError) as error:
            raise EngineAway from error
        except ApiError as error:
            status = int(error.meta.status)
            if status in {408, 429} or status >= 500:
                raise EngineAway from error
            raise ClusterRefused(status) from error
        found: Any = answer.body
        return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]

    async def close(self) -> None:
        await self._client.close()
