"""Traces, exemplars and figures: what leaves a process, and that nothing personal does."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import asyncpg
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.telling import telling
from arenapulse.runtime import log, tracing
from arenapulse.runtime.dogstatsd import Teller
from tests.api.test_hotline import ordering
from tests.hotlines import serving
from tests.worlds import make_fans, make_world


class Traced:
    def __init__(self) -> None:
        self.kept = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.kept))

    @property
    def tracer(self) -> Tracer:
        return self.provider.get_tracer("test")

    def by_name(self, start: str) -> list[ReadableSpan]:
        return [span for span in self.kept.get_finished_spans() if span.name.startswith(start)]


@pytest.fixture
def traced() -> Iterator[Traced]:
    made = Traced()
    tracing.begin(made.tracer, ratio=1.0)
    yield made
    tracing.begin(None, ratio=0)
    made.provider.shutdown()


async def test_an_order_is_one_trace_from_its_request_to_its_frame(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, traced: Traced
) -> None:
    world = await make_world(db, settings)
    (fan,) = await make_fans(db, world, 1)
    answer = await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)
    assert answer.status_code == 201
    async with asyncio.timeout(20):
        while not traced.by_name("frame"):  # noqa: ASYNC110 - the frame is sent after the answer
            await asyncio.sleep(0.02)
    (request,) = traced.by_name("POST /api/v1/orders")
    (batch,) = [s for s in traced.by_name("batch") if (s.attributes or {})["batch"] == "orders"]
    (commit,) = traced.by_name("commit")
    frame = traced.by_name("frame")[0]
    assert {s.context.trace_id for s in (batch, commit, frame)} == {request.context.trace_id}
    assert request.parent is None
    assert batch.parent is not None
    assert commit.parent is not None
    assert frame.parent is not None
    assert batch.parent.span_id == request.context.span_id
    assert commit.parent.span_id == batch.context.span_id
    assert frame.parent.span_id == batch.context.span_id
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "http.route": "/api/v1/orders",
    }
    # An example of what the histogram counts.
    page = await client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert f'trace_id="{request.context.trace_id:032x}"' in page.text


async def test_every_route_names_its_trace_and_no_path_does(
    client: httpx.AsyncClient, traced: Traced
) -> None:
    gone = f"/api/v1/venues/{uuid4()}"
    assert (await client.get(gone)).status_code == 404
    assert (await client.get(f"{gone}/nothing/here")).status_code == 404
    found, unknown = traced.by_name("")
    assert found.name == "GET /api/v1/venues/{venue_id}"
    assert (found.attributes or {})["http.route"] == "/api/v1/venues/{venue_id}"
    assert unknown.name == "request"


async def test_a_client_does_not_choose_what_is_traced_and_what_is_not_has_no_span(
    client: httpx.AsyncClient, traced: Traced
) -> None:
    tracing.begin(traced.tracer, ratio=0.0)
    forced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert (await client.get("/health/live", headers={"traceparent": forced})).status_code == 200
    assert traced.kept.get_finished_spans() == ()
    assert tracing.parent_text() is None


async def test_only_who_is_drawn_pays_for_a_trace_and_is_one_of_their_own(
    settings: Settings, db: asyncpg.Connection, traced: Traced
) -> None:
    world = await make_world(db, settings)
    (fan,) = await make_fans(db, world, 1)
    request = ordering(fan, world.order())
    async with serving(settings) as served, served.line() as line:
        # The others go the short way, behind one that was traced on the same connection as well.
        for ratio in (0.0, 0.0, 1.0, 0.0):
            tracing.begin(traced.tracer, ratio=ratio)
            assert (await line.ask(request)).status == 201
        # The first asks what the event is.
        assert served.at_once[1:] == [True, False, True]
    assert len(traced.by_name("POST /api/v1/orders")) == 1
    assert (
        len([s for s in traced.by_name("batch") if (s.attributes or {})["batch"] == "orders"]) == 1
    )


def test_in_a_rush_so_many_a_second_are_traced(traced: Traced) -> None:
    tracing.begin(traced.tracer, ratio=1.0, most_a_second=3)
    drawn = [tracing.is_drawn() for _ in range(1_000)]
    # A second may end between two of them.
    assert sum(drawn) in {3, 6}
    assert drawn[:3] == [True] * 3


@pytest.mark.asvs("V14.2.1")
async def test_no_path_and_no_exception_text_leaves(
    client: httpx.AsyncClient, traced: Traced
) -> None:
    await client.get("/api/v1/transfers/a-secret-token?q=somebody@example.org")
    with pytest.raises(ValueError, match="somebody"), tracing.root("job"):
        raise ValueError("somebody@example.org")
    told = " ".join(span.to_json() for span in traced.kept.get_finished_spans())
    assert "ValueError" in told
    assert "somebody" not in told
    assert "a-secret-token" not in told


async def test_work_that_several_share_is_a_part_of_one_and_linked_to_the_others(
    traced: Traced,
) -> None:
    contexts = []
    for _ in range(3):
        with tracing.root("request"):
            contexts.append(tracing.current())
    with tracing.shared("batch", of=[one for one in contexts if one]):
        parent = tracing.parent_text()
    with tracing.root("job", parent=parent), tracing.part("vendor", is_call=True):
        ids = tracing.ids()
        entry = log._add_trace(None, "", {})
    (batch,) = traced.by_name("batch")
    (job,) = traced.by_name("job")
    (vendor,) = traced.by_name("vendor")
    assert batch.parent is not None
    assert contexts[0] is not None
    assert batch.parent.span_id == contexts[0].span_id
    assert [link.context for link in batch.links] == contexts[1:]
    assert job.parent is not None
    assert job.parent.span_id == batch.context.span_id
    assert ids == (f"{vendor.context.trace_id:032x}", f"{vendor.context.span_id:016x}")
    assert entry == {"traceId": ids[0], "spanId": ids[1]}


class Collector(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Collecting)
        self.told: list[ExportTraceServiceRequest] = []


class _Collecting(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.asvs("V16.4.3")
def test_traces_leave_by_otlp_and_figures_by_dogstatsd() -> None:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    agent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    agent.bind(("127.0.0.1", 0))
    agent.settimeout(5)
    settings = Settings().model_copy(
        update={
            "otlp_url": f"http://127.0.0.1:{collector.server_port}",
            "trace_ratio": 1.0,
            "dogstatsd": f"127.0.0.1:{agent.getsockname()[1]}",
        }
    )
    try:
        with telling(settings, service="arenapulse-test", process=3), tracing.root("request"):
            assert tracing.current() is not None
        assert tracing.current() is None
        (told,) = collector.told
        (resource,) = told.resource_spans
        names = {a.key: a.value.string_value for a in resource.resource.attributes}
        assert names["service.name"] == "arenapulse-test"
        assert [span.name for scope in resource.scope_spans for span in scope.spans] == ["request"]
        said = agent.recv(65536).decode()
        line = r"^arenapulse\.\w+:[\d.e+-]+\|[gc]\|#.*service:arenapulse-test,.*process:3\b"
        assert re.search(line, said, re.MULTILINE)
    finally:
        collector.shutdown()
        collector.server_close()
        thread.join()
        agent.close()


@pytest.mark.asvs("V16.5.2")
def test_a_collector_that_is_away_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings().model_copy(
        update={"otlp_url": f"http://127.0.0.1:{port}", "dogstatsd": f"127.0.0.1:{port}"}
    )
    with telling(settings, service="arenapulse-test"):
        tracing.begin(None, ratio=0)


def test_counters_are_told_by_what_they_rose() -> None:
    registry = CollectorRegistry()
    sold = Counter("arenapulse_sold", "Sold", ["kind"], registry=registry)
    waiting = Gauge("arenapulse_waiting", "Waiting", registry=registry)
    seconds = Histogram("arenapulse_seconds", "Seconds", buckets=(1,), registry=registry)
    Counter("python_gc", "Not ours", registry=registry).inc()
    said: list[tuple[str, str, float, list[str]]] = []

    class Agent:
        def gauge(self, metric: str, value: float, tags: list[str]) -> None:
            said.append(("gauge", metric, value, tags))

        def increment(self, metric: str, value: float, tags: list[str]) -> None:
            said.append(("increment", metric, value, tags))

    teller = Teller(Agent(), collect=registry.collect)
    sold.labels("seat").inc(3)
    waiting.set(7)
    seconds.observe(0.5)
    teller.tell()
    assert said == [
        ("increment", "arenapulse.sold_total", 3.0, ["kind:seat"]),
        ("gauge", "arenapulse.waiting", 7.0, []),
        ("increment", "arenapulse.seconds_count", 1.0, []),
        ("increment", "arenapulse.seconds_sum", 0.5, []),
    ]
    said.clear()
    sold.labels("seat").inc()
    teller.tell()
    assert said == [
        ("increment", "arenapulse.sold_total", 1.0, ["kind:seat"]),
        ("gauge", "arenapulse.waiting", 7.0, []),
    ]
