"""Keeps a cluster as the documents are: at least once, ordered by revision, compared and mended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from arenapulse.core.clock import unix_milliseconds
from arenapulse.runtime import log
from arenapulse.runtime.db import Database
from arenapulse.search import queries
from arenapulse.search.cluster import Cluster, ClusterRefused, Json
from arenapulse.search.cluster_engine import ALIAS, TEMPLATE_VERSION, source, template
from arenapulse.search.queries import Due
from arenapulse.search.service.indexing import LEAST_ID

BULK_MAX: Final = 500
ROUNDS_MAX: Final = 20
_OLDER: Final = 409
_MISSING: Final = 404
_GREATEST_ID: Final = UUID(int=2**128 - 1)

_log = log.logger("search")


@dataclass
class Mirror:
    """What one worker does for the cluster; several may, since an older revision is refused."""

    database: Database
    cluster: Cluster
    _is_made: bool = False
    _after: UUID = field(default=LEAST_ID)

    async def send_due(self) -> int:
        """Tells the cluster what it has not heard; how many documents. Raises `EngineAway`."""
        if not self._is_made:
            await self._make()
        sent = 0
        for _ in range(ROUNDS_MAX):
            async with self.database.transaction() as session:
                due = await queries.due(session, limit=BULK_MAX)
            heard = await self._send(due, index=ALIAS)
            async with self.database.transaction() as session:
                await queries.settle(session, heard=heard)
            sent += len(heard)
            if len(due) < BULK_MAX or not heard:
                return sent
        return sent

    async def compare(self) -> int:
        """Compares one page of revisions, and has what differs told again; how many differed."""
        async with self.database.transaction() as session:
            ours = await queries.revisions(session, after=self._after, limit=BULK_MAX)
        last = list(ours)[-1] if len(ours) == BULK_MAX else _GREATEST_ID
        theirs = await self._revisions(after=self._after, until=last)
        wrong = [each for each, revision in ours.items() if revision not in {-1, theirs.get(each)}]
        strangers = [each for each in theirs if each not in ours]
        async with self.database.transaction() as session:
            await queries.make_due(session, ids=wrong)
        if strangers:
            # Written since we looked, or gone; what is there is told again by its writer.
            await self.cluster.call(
                "POST",
                "/_bulk",
                lines=[{"delete": {"_index": ALIAS, "_id": str(each)}} for each in strangers],
            )
        self._after = LEAST_ID if last == _GREATEST_ID else last
        return len(wrong) + len(strangers)

    async def rebuild(self) -> str:
        """A new index beside the old one, filled and then put in its place; its name.

        What is written meanwhile goes to the old one, and is told again to the new.
        """
        await self.cluster.call("PUT", f"/_index_template/{ALIAS}", body=template())
        name = f"{ALIAS}-v{TEMPLATE_VERSION}-{unix_milliseconds()}"
        await self.cluster.call("PUT", f"/{name}")
        after = LEAST_ID
        while True:
            async with self.database.transaction() as session:
                page = await queries.page(session, after=after, limit=BULK_MAX)
            heard = await self._send(page, index=name)
            assert len(heard) == len(page), "the new index refused documents"
            if len(page) < BULK_MAX:
                break
            after = page[-1].document.id
        old = await self._behind_alias()
        await self.cluster.call("POST", f"/{name}/_refresh")
        actions: list[Json] = [{"add": {"index": name, "alias": ALIAS, "is_write_index": True}}]
        actions += [{"remove_index": {"index": each}} for each in old]
        await self.cluster.call("POST", "/_aliases", body={"actions": actions})
        self._is_made = True
        # Revisions tell what the new index has heard already: it refuses what is older.
        self._after = LEAST_ID
        while await self.compare() or self._after != LEAST_ID:
            continue
        return name

    async def _make(self) -> None:
        old = await self._behind_alias()
        fresh = [name for name in old if name.startswith(f"{ALIAS}-v{TEMPLATE_VERSION}-")]
        if not fresh:
            await self.rebuild()
        self._is_made = True

    async def _behind_alias(self) -> list[str]:
        try:
            return sorted(await self.cluster.call("GET", f"/_alias/{ALIAS}"))
        except ClusterRefused as refused:
            if refused.status == _MISSING:
                return []
            raise

    async def _send(self, documents: list[Due], *, index: str) -> list[Due]:
        """Those that the cluster has now, in this revision or a newer one."""
        if not documents:
            return []
        lines: list[Json] = []
        for each in documents:
            about = {
                "_index": index,
                "_id": str(each.document.id),
                "version": each.revision,
                "version_type": "external_gte",
            }
            lines.append({"delete" if each.is_gone else "index": about})
            if not each.is_gone:
                lines.append(source(each.document))
        answer = await self.cluster.call("POST", "/_bulk", lines=lines)
        told: list[dict[str, Any]] = [next(iter(item.values())) for item in answer["items"]]
        heard = [
            each
            for each, item in zip(documents, told, strict=True)
            if item["status"] < 300 or item["status"] in {_OLDER, _MISSING}
        ]
        if len(heard) < len(documents):
            _log.error("the cluster refused documents", count=len(documents) - len(heard))
        return heard

    async def _revisions(self, *, after: UUID, until: UUID) -> dict[UUID, int]:
        await self.cluster.call("POST", f"/{ALIAS}/_refresh")
        answer = await self.cluster.call(
            "POST",
            f"/{ALIAS}/_search",
            body={
                "query": {"range": {"id": {"gt": str(after), "lte": str(until)}}},
                "size": 10_000,
                "_source": False,
                "version": True,
            },
        )
        return {UUID(hit["_id"]): hit["_version"] for hit in answer["hits"]["hits"]}
