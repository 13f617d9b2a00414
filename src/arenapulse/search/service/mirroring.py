"""Keeps a cluster as the documents are: at least once, ordered by revision, compared and mended."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from arenapulse.core.clock import unix_milliseconds
from arenapulse.core.ids import new_id
from arenapulse.runtime import log
from arenapulse.runtime.db import Database
from arenapulse.search.cluster import Cluster, ClusterRefused, Json
from arenapulse.search.cluster_index import ALIAS, TEMPLATE_VERSION, source, template
from arenapulse.search.engine import EngineAway
from arenapulse.search.queries import mirrored
from arenapulse.search.queries.mirrored import Due
from arenapulse.search.service.indexing import LEAST_ID

BULK_MAX: Final = 500
ROUNDS_MAX: Final = 20
BUILT_WITHIN_MS: Final = 6 * 3_600_000
SWAPS_MAX: Final = 5
MERGE_SECONDS_MAX: Final = 600.0
_UNREADABLE: Final = 400
_OLDER: Final = 409
_MISSING: Final = 404
_GREATEST_ID: Final = UUID(int=2**128 - 1)

_OURS: Final = re.compile(re.escape(ALIAS) + r"-v\d+-(\d+)(-[0-9a-f]+)?", re.ASCII)

_log = log.logger("search")


@dataclass
class _Told:
    """What became of documents that the cluster was told."""

    heard: list[Due] = field(default_factory=list[Due])
    """It has them, in this revision or a newer one."""
    refused: list[Due] = field(default_factory=list[Due])
    """It will not have them as they are."""
    is_homeless: bool = False
    """There is no index behind the alias."""


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
                due = await mirrored.due(session, limit=BULK_MAX)
            told = await self._send(due, index=ALIAS)
            if told.is_homeless:
                # A volume that was lost, a node made anew: from what is here it is filled again.
                self._is_made = False
                return sent
            async with self.database.transaction() as session:
                await mirrored.settle(session, heard=told.heard)
                await mirrored.put_off(session, refused=told.refused)
            sent += len(told.heard)
            if len(due) < BULK_MAX or not (told.heard or told.refused):
                return sent
        return sent

    async def compare(self) -> int:
        """Compares one page of revisions, and has what differs told again; how many differed."""
        async with self.database.transaction() as session:
            ours = await mirrored.revisions(session, after=self._after, limit=BULK_MAX)
        last = list(ours)[-1] if len(ours) == BULK_MAX else _GREATEST_ID
        try:
            theirs = await self._revisions(after=self._after, until=last)
        except ClusterRefused as refused:
            if refused.status != _MISSING:
                raise
            self._is_made = False
            return 0
        wrong = [each for each, revision in ours.items() if revision not in {-1, theirs.get(each)}]
        async with self.database.transaction() as session:
            await mirrored.make_due(session, ids=wrong)
            # What was written since we looked is there now, and nobody would tell of it again.
            there = await mirrored.there(session, ids=theirs.keys() - ours.keys())
        strangers = {each: theirs[each] for each in theirs.keys() - ours.keys() - there}
        await self._delete(strangers)
        self._after = LEAST_ID if last == _GREATEST_ID else last
        return len(wrong) + len(strangers)

    async def rebuild(self) -> str:
        """A new index beside the old one, filled and then put in its place; its name.

        What is written meanwhile goes to the old one, and is told again to the new. Of two that are
        built at once the later one stays.
        """
        await self.cluster.call("PUT", f"/_index_template/{ALIAS}", body=template())
        name = f"{ALIAS}-v{TEMPLATE_VERSION}-{unix_milliseconds()}-{new_id().hex[-6:]}"
        await self.cluster.call("PUT", f"/{name}")
        after = LEAST_ID
        while True:
            async with self.database.transaction() as session:
                page = await mirrored.page(session, after=after, limit=BULK_MAX)
            told = await self._send(page, index=name)
            if len(told.heard) + len(told.refused) < len(page):
                raise EngineAway("the new index takes no documents at the moment")
            if len(page) < BULK_MAX:
                break
            after = page[-1].document.id
        # What was filled at once lies in dozens of pieces, each of which every search would ask.
        merge = f"/{name}/_forcemerge?max_num_segments=1"
        with contextlib.suppress(EngineAway):
            # One that takes longer goes on by itself.
            await self.cluster.call("POST", merge, seconds_max=MERGE_SECONDS_MAX)
        await self.cluster.call("POST", f"/{name}/_refresh")
        await self._put_in_place(name)
        self._is_made = True
        # Revisions tell what the new index has heard already: it refuses what is older.
        self._after = LEAST_ID
        while await self.compare() or self._after != LEAST_ID:
            continue
        return name

    async def _put_in_place(self, name: str) -> None:
        """Behind the alias instead of what is there, which goes."""
        for turn in range(1, SWAPS_MAX + 1):
            # Those behind the alias, one that bears its name, and what was left half made.
            half_made = [each for each in await self._indices(f"{ALIAS}-v*") if _is_left(each)]
            old = {*await self._indices(ALIAS), *half_made}
            actions: list[Json] = [{"add": {"index": name, "alias": ALIAS, "is_write_index": True}}]
            actions += [{"remove_index": {"index": each}} for each in sorted(old)]
            try:
                await self.cluster.call("POST", "/_aliases", body={"actions": actions})
            except (EngineAway, ClusterRefused):
                # Somebody else's came behind it since we looked, or took one away.
                if turn == SWAPS_MAX or old == {*await self._indices(ALIAS), *half_made}:
                    raise
            else:
                return

    async def _make(self) -> None:
        behind = await self._indices(ALIAS)
        if not any(name.startswith(f"{ALIAS}-v{TEMPLATE_VERSION}-") for name in behind):
            await self.rebuild()
        self._is_made = True

    async def _indices(self, name: str) -> list[str]:
        """The indices that this names, or that stand behind it."""
        try:
            return list(await self.cluster.call("GET", f"/{name}"))
        except ClusterRefused as refused:
            if refused.status == _MISSING:
                return []
            raise

    async def _send(self, documents: Sequence[Due], *, index: str) -> _Told:
        if not documents:
            return _Told()
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
        answers = await self._bulk(lines, index=index)
        told = _Told()
        for each, item in zip(documents, answers, strict=True):
            if _is_heard(item):
                told.heard.append(each)
            elif item["status"] == _UNREADABLE:
                told.refused.append(each)
            elif item["status"] == _MISSING:
                told.is_homeless = True
        if told.refused:
            _log.error("the cluster refused documents", count=len(told.refused))
        return told

    async def _delete(self, revisions: Mapping[UUID, int]) -> None:
        """As they were seen: what became newer meanwhile stays."""
        about = [
            {"_index": ALIAS, "_id": str(each), "version": seen, "version_type": "external_gte"}
            for each, seen in revisions.items()
        ]
        if about:
            await self._bulk([{"delete": each} for each in about], index=ALIAS)

    async def _bulk(self, lines: Sequence[Json], *, index: str) -> list[dict[str, Any]]:
        """What became of each; no index comes to be because somebody writes to its name."""
        path = "/_bulk?require_alias=true" if index == ALIAS else "/_bulk"
        answer = await self.cluster.call("POST", path, lines=lines)
        return [next(iter(item.values())) for item in answer["items"]]

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


def _is_left(index: str) -> bool:
    """One of ours, begun so long ago that nobody fills it any more."""
    ours = _OURS.fullmatch(index)
    return ours is not None and int(ours[1]) < unix_milliseconds() - BUILT_WITHIN_MS


def _is_heard(item: Mapping[str, Any]) -> bool:
    """It has this or what is newer, or has not what is to go."""
    return item["status"] < 300 or item["status"] == _OLDER or item.get("result") == "not_found"
