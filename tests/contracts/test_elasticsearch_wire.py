"""Elasticsearch's adapter against recorded shapes of its API.

Elasticsearch itself does not run here. The shapes are made from its documentation (Search, Bulk and
error responses of 8 and 9, `X-Elastic-Product`), so this holds the adapter to what is written there
and to no more. What is asked and how answers are read is OpenSearch's, which runs in the campaign.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import msgspec
import pytest

from arenapulse.core.paging import PageRequest
from arenapulse.search.cluster import ClusterRefused
from arenapulse.search.cluster_engine import ClusterEngine
from arenapulse.search.cluster_index import source
from arenapulse.search.elasticsearch_cluster import ElasticsearchCluster
from arenapulse.search.engine import Asked, EngineAway
from tests.contracts.test_search_engines import NOW, event

FOUND = event("Harbour Derby", id=UUID(int=5))
SEARCH: dict[str, Any] = {
    "took": 3,
    "timed_out": False,
    "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
    "hits": {
        "total": {"value": 1, "relation": "eq"},
        "max_score": None,
        "hits": [
            {
                "_index": "arenapulse-search-v1-1",
                "_id": str(FOUND.id),
                "_score": 1.5,
                "_source": json.loads(msgspec.json.encode(source(FOUND))),
                "sort": [1.5, 2056384800000, str(FOUND.id)],
            }
        ],
    },
    "aggregations": {
        name: {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": 0,
            "buckets": buckets,
        }
        for name, buckets in {
            "type": [{"key": "event", "doc_count": 1}],
            "status": [{"key": "ON_SALE", "doc_count": 1}],
            "city": [],
            "amenity": [],
            "month": [{"key": "2035-03", "doc_count": 1}],
        }.items()
    },
    "suggest": {
        str(number): [{"text": "said", "offset": 0, "length": 5, "options": []}]
        for number in range(2)
    },
}
MISSPELT: dict[str, Any] = SEARCH | {
    "hits": {"total": {"value": 0, "relation": "eq"}, "max_score": None, "hits": []},
    "suggest": SEARCH["suggest"]
    | {
        "0": [
            {
                "text": "hrabour",
                "offset": 0,
                "length": 7,
                "options": [{"text": "harbour", "score": 0.85, "freq": 1}],
            }
        ]
    },
}
REFUSED = {
    "error": {"root_cause": [], "type": "parsing_exception", "reason": "unknown query"},
    "status": 400,
}


@dataclass
class Recorded:
    url: str = ""
    status: int = 200
    answer: dict[str, Any] = field(default_factory=dict[str, Any])
    product: str = "Elasticsearch"
    asked: list[tuple[str, str, str, bytes]] = field(
        default_factory=list[tuple[str, str, str, bytes]]
    )
    accepted: list[str] = field(default_factory=list[str])


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    made = Recorded()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            made.asked.append((self.command, self.path, self.headers["content-type"], body))
            made.accepted.append(self.headers["accept"])
            answer = json.dumps(made.answer).encode()
            self.send_response(made.status)
            self.send_header("content-type", "application/json")
            self.send_header("X-Elastic-Product", made.product)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_search_is_asked_and_read(recorded: Recorded) -> None:
    recorded.answer = SEARCH
    cluster = ElasticsearchCluster(recorded.url)
    asked = Asked(query="derby", page=PageRequest(), now=NOW)
    found = await ClusterEngine(cluster).search(asked)
    assert [hit.document for hit in found.hits] == [FOUND]
    assert (found.total, found.facets["month"]) == (1, [("2035-03", 1)])
    method, path, kind, body = recorded.asked[-1]
    assert (method, path) == ("POST", "/arenapulse-search/_search")
    # Words of 8, which 9 understands; of 9 a cluster of 8 knows nothing and refuses.
    assert kind == "application/vnd.elasticsearch+json; compatible-with=8"
    assert recorded.accepted[-1] == kind
    assert json.loads(body)["track_total_hits"] is True
    assert (
        dt.datetime.fromisoformat(
            json.loads(body)["query"]["function_score"]["functions"][0]["filter"]["bool"]["should"][
                0
            ]["range"]["end_time"]["lt"]
        )
        == NOW
    )
    await cluster.close()


async def test_what_is_misspelt_is_asked_with_the_words_themselves(recorded: Recorded) -> None:
    recorded.answer = MISSPELT
    cluster = ElasticsearchCluster(recorded.url)
    asked = Asked(query="hrabour derby", page=PageRequest(), now=NOW)
    found = await ClusterEngine(cluster).search(asked)
    assert found.meant == "harbour derby"
    # As it stands and what may be meant; with that; any of the words in a name, and anywhere.
    first, meant, loose, _ = [body.decode() for *_, body in recorded.asked]
    assert ("spelling" in first, "spelling" in meant, "spelling" in loose) == (True, False, False)
    assert ("harbour" in first, "harbour" in meant, "harbour" in loose) == (False, True, True)
    await cluster.close()


async def test_a_bulk_is_lines(recorded: Recorded) -> None:
    recorded.answer = {"took": 1, "errors": False, "items": []}
    cluster = ElasticsearchCluster(recorded.url)
    lines = [{"index": {"_index": "x", "_id": "1"}}, source(FOUND)]
    assert (await cluster.call("POST", "/_bulk", lines=lines))["errors"] is False
    _, _, kind, body = recorded.asked[-1]
    assert kind == "application/vnd.elasticsearch+x-ndjson; compatible-with=8"
    assert recorded.accepted[-1] == "application/vnd.elasticsearch+json; compatible-with=8"
    assert [json.loads(line) for line in body.splitlines()] == [
        lines[0],
        json.loads(msgspec.json.encode(lines[1])),
    ]
    await cluster.close()


async def test_refusals_and_silence_are_told_apart(recorded: Recorded) -> None:
    recorded.answer, recorded.status = REFUSED, 400
    cluster = ElasticsearchCluster(recorded.url)
    with pytest.raises(ClusterRefused):
        await cluster.call("POST", "/x/_search", body={})
    recorded.status = 503
    with pytest.raises(EngineAway):
        await cluster.call("POST", "/x/_search", body={})
    recorded.status, recorded.product = 200, "Another"
    with pytest.raises((ClusterRefused, EngineAway)):
        await cluster.call("POST", "/x/_search", body={})
    await cluster.close()
    nobody = ElasticsearchCluster("http://127.0.0.1:9")
    with pytest.raises(EngineAway):
        await nobody.call("POST", "/x/_search", body={})
    await nobody.close()
