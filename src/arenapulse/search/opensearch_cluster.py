"""OpenSearch by its own client."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import ConnectionError as NotConnected
from opensearchpy.exceptions import SerializationError, TransportError
from opensearchpy.serializer import JSONSerializer

from arenapulse.runtime.db import forbid_in_transaction
from arenapulse.search.cluster import CALL_SECONDS_MAX, WORK_SECONDS_MAX, ClusterRefused, Json
from arenapulse.search.engine import EngineAway


class _Json(JSONSerializer):
    """Reads answers in a third of the time."""

    def loads(self, s: str) -> Any:
        try:
            return msgspec.json.decode(s)
        except msgspec.DecodeError as error:
            raise SerializationError(s, error) from error


class OpenSearchCluster:
    name = "opensearch"

    def __init__(self, url: str) -> None:
        # While it is away each call of ours would be a stack in the log; we say it ourselves.
        logging.getLogger("opensearch").setLevel(logging.CRITICAL)
        self._client = AsyncOpenSearch(
            url, max_retries=0, timeout=CALL_SECONDS_MAX, serializer=_Json()
        )

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
        sent = msgspec.json.encode(body) if body is not None else None
        kind = "application/json"
        if lines is not None:
            sent = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
            kind = "application/x-ndjson"
        try:
            answer: Any = await self._client.transport.perform_request(
                method,
                path,
                body=sent,
                headers={"content-type": kind},
                timeout=seconds_max,
            )
        except (NotConnected, OSError, TimeoutError) as error:
            raise EngineAway from error
        except TransportError as error:
            status = error.status_code if isinstance(error.status_code, int) else 0
            if status in {408, 429} or status >= 500:
                raise EngineAway from error
            raise ClusterRefused(status) from error
        return answer if isinstance(answer, dict) else {}  # pyright: ignore[reportUnknownVariableType]

    async def close(self) -> None:
        await self._client.close()
