"""Sends traces by OTLP over HTTP: to Datadog's agent, or whoever else takes it in."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from arenapulse.runtime import tracing

SPANS_QUEUED_MAX = 4_096
SPANS_AT_ONCE = 512
SEND_SECONDS = 5.0
EVERY_MS = 2_000
# A trace costs as much as three orders: in a rush the ratio alone would take a tenth of them.
TRACES_A_SECOND_MAX = 32


@contextlib.contextmanager
def traced(
    url: str, *, service: str, environment: str, ratio: float
) -> Generator[None, None, None]:
    """Traces leave while this is open, from a thread; past the queue they are dropped."""
    resource = Resource.create(
        {
            "service.name": service,
            "service.version": version("arenapulse"),
            "deployment.environment.name": environment,
        }
    )
    # Who is asked decides, `tracing.root`: what comes here is all sent.
    provider = TracerProvider(resource=resource, sampler=ALWAYS_ON, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(
            OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces", timeout=SEND_SECONDS),
            max_queue_size=SPANS_QUEUED_MAX,
            max_export_batch_size=SPANS_AT_ONCE,
            schedule_delay_millis=EVERY_MS,
            export_timeout_millis=SEND_SECONDS * 1000,
        )
    )
    # Who asks for all of them has all of them.
    most = math.inf if ratio >= 1 else TRACES_A_SECOND_MAX
    tracing.begin(provider.get_tracer("arenapulse"), ratio=ratio, most_a_second=most)
    try:
        yield
    finally:
        tracing.begin(None, ratio=0.0)
        provider.shutdown()
