"""A cluster of search in memory: what a mirror asks of one, answered as OpenSearch answers it.

`tests/contracts/test_search_mirror.py` asks the same of a real one where there is one.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arenapulse.search.cluster import WORK_SECONDS_MAX, Cluster, ClusterRefused, Json
from arenapulse.search.engine import EngineAway

Kept = dict[str, tuple[int, Mapping[str, Any] | None]]


@dataclass
class TwinCluster:
    """Indices by name, each with its documents; an alias stands for indices."""

    name: str = "twin"
    indices: dict[str, Kept] = field(default_factory=dict[str, Kept])
    aliases: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        lines: Sequence[Json] | None = None,
        seconds_max: float = WORK_SECONDS_MAX,
    ) -> dict[str, Any]:
        where, _, given = path.partition("?")
        what = where.strip("/").split("/")
        if lines is not None:
            return self._bulk(lines, must_be_alias="require_alias=true" in given)
        if what == ["_aliases"] and body is not None:
            self._move_all(body["actions"])
        elif what[0] == "_index_template":
            pass
        elif what[1:] == ["_search"] and body is not None:
            return self._search(what[0], body["query"]["range"]["id"])
        elif method == "PUT":
            if what[0] in self.indices or what[0] in self.aliases:
                raise ClusterRefused(400)
            self.indices[what[0]] = {}
        elif method == "DELETE":
            for each in self._named(what[0]):
                self._drop(each)
        else:
            return {each: {} for each in self._named(what[0])}
        return {}

    async def close(self) -> None:
        """Nothing is open."""

    def _named(self, name: str) -> list[str]:
        if "*" in name:
            return fnmatch.filter(self.indices, name)
        found = [name] if name in self.indices else sorted(self.aliases.get(name, ()))
        if not found:
            raise ClusterRefused(404)
        return found

    def _drop(self, index: str) -> None:
        del self.indices[index]
        self.aliases = {alias: rest for alias, of in self.aliases.items() if (rest := of - {index})}

    def _move_all(self, actions: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
        """All of them, or none."""
        before = dict(self.indices), dict(self.aliases)
        for action in actions:
            self._move(action)
        if any(len(of) > 1 for of in self.aliases.values()):
            self.indices, self.aliases = before
            # OpenSearch 3.8 answers 500: more than one write index.
            raise EngineAway

    def _move(self, action: Mapping[str, Mapping[str, Any]]) -> None:
        ((word, about),) = action.items()
        if word == "remove_index":
            self._drop(about["index"])
        else:
            alias = about["alias"]
            self.aliases[alias] = self.aliases.get(alias, set()) | {about["index"]}

    def _search(self, name: str, bounds: Mapping[str, str]) -> dict[str, Any]:
        return {
            "hits": {
                "hits": [
                    {"_id": each, "_version": version}
                    for index in self._named(name)
                    for each, (version, content) in self.indices[index].items()
                    if content is not None and bounds["gt"] < each <= bounds["lte"]
                ]
            }
        }

    def _bulk(self, lines: Sequence[Json], *, must_be_alias: bool) -> dict[str, Any]:
        items: list[dict[str, Any]] = []
        left = iter(lines)
        for line in left:
            ((word, about),) = line.items()
            content = next(left) if word == "index" else None
            status = self._written(about, content=content, must_be_alias=must_be_alias)
            told = {"result": "not_found"} if word == "delete" and status == 404 else {}
            items.append({word: {"status": status, **told}})
        return {"items": items}

    def _written(
        self, about: Mapping[str, Any], *, content: Json | None, must_be_alias: bool
    ) -> int:
        index = about["_index"]
        if must_be_alias and content is not None and index not in self.aliases:
            return 404
        if index not in self.aliases:
            # Whoever writes to a name that is not there makes it: so do these clusters.
            self.indices.setdefault(index, {})
        kept = self.indices[self._named(index)[0]]
        version, before = kept.get(about["_id"], (0, None))
        if about["version"] < version:
            return 409
        if content is not None and abs(content["spot"]["lat"]) > 90:
            return 400
        kept[about["_id"]] = (about["version"], content)
        return 200 if content is not None or before is not None else 404


@dataclass
class Interrupted:
    """A cluster in whose calls something else happens first, once, where their path ends so."""

    cluster: Cluster
    before: str
    meanwhile: Callable[[], Awaitable[None]] | None
    name: str = "interrupted"

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        lines: Sequence[Json] | None = None,
        seconds_max: float = WORK_SECONDS_MAX,
    ) -> dict[str, Any]:
        if self.meanwhile is not None and path.endswith(self.before):
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return await self.cluster.call(
            method, path, body=body, lines=lines, seconds_max=seconds_max
        )

    async def close(self) -> None:
        await self.cluster.close()
