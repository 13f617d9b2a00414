"""Traces: request → batch → commit → frame, and job → vendor. Off until `begin` is told to whom.

Who decides is the edge (and a worker for what it starts by itself): one in `1 / ratio`, by chance;
a job goes on with the trace of who enqueued it. What is not sampled has no span.
Names and attributes are ours: no path, no query, nothing of a person.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Generator, Mapping, Sequence
from typing import Final

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Attributes = Mapping[str, str | int | float | bool]

_NOTHING: Final = Context()
_PROPAGATOR: Final = TraceContextTextMapPropagator()
# Chooses what is looked at, protects nothing.
_chance = random.Random()  # noqa: S311


class _Tracing:
    tracer: Tracer | None = None
    ratio: float = 0.0


def begin(tracer: Tracer | None, *, ratio: float) -> None:
    """From now on spans go to this tracer; None turns traces off."""
    _Tracing.tracer = tracer
    _Tracing.ratio = ratio


def is_on() -> bool:
    """Whether anything may be traced: who is asked thousands of times a second asks this first."""
    return _Tracing.tracer is not None


def ids() -> tuple[str, str] | None:
    """Trace and span of what is being done, as logs and exemplars carry them."""
    if _Tracing.tracer is None:
        return None
    current = trace.get_current_span().get_span_context()
    if not current.trace_flags.sampled:
        return None
    return f"{current.trace_id:032x}", f"{current.span_id:016x}"


def exemplar() -> dict[str, str] | None:
    """For a histogram: which trace is an example of what it counts."""
    found = ids()
    return None if found is None else {"trace_id": found[0]}


def note(*, method: str, route: str, status: int) -> None:
    """What is known of a request at its end; `route` as it is declared, never a path."""
    if current() is None:
        return
    span = trace.get_current_span()
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.response.status_code", status)
    if route:
        span.set_attribute("http.route", route)
        span.update_name(f"{method} {route}")
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def current() -> SpanContext | None:
    """Of what is being done, if it is sampled: kept to link to it later."""
    if _Tracing.tracer is None:
        return None
    context = trace.get_current_span().get_span_context()
    return context if context.trace_flags.sampled else None


def parent_text() -> str | None:
    """`traceparent` for who goes on in another process, if this is sampled."""
    if current() is None:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextlib.contextmanager
def root(
    name: str, *, parent: str | None = None, attributes: Attributes | None = None
) -> Generator[Span | None, None, None]:
    """A span that begins here, where it is sampled; else nothing is, whatever was around it."""
    tracer = _Tracing.tracer
    if tracer is None:
        yield None
        return
    inherited = _NOTHING
    if parent is not None:
        inherited = _PROPAGATOR.extract({"traceparent": parent}, context=_NOTHING)
    given = trace.get_current_span(inherited).get_span_context()
    is_sampled = given.trace_flags.sampled if given.is_valid else _chance.random() < _Tracing.ratio
    if not is_sampled:
        yield None
        return
    kind = SpanKind.SERVER if name == "request" else SpanKind.CONSUMER
    with _spanning(tracer, name, context=inherited, kind=kind, attributes=attributes) as span:
        yield span


@contextlib.contextmanager
def part(
    name: str, *, attributes: Attributes | None = None, is_call: bool = False
) -> Generator[Span | None, None, None]:
    """A span inside what is being done, if that is sampled; `is_call` asks somebody else."""
    tracer = _Tracing.tracer
    if tracer is None or current() is None:
        yield None
        return
    kind = SpanKind.CLIENT if is_call else SpanKind.INTERNAL
    with _spanning(tracer, name, context=None, kind=kind, attributes=attributes) as span:
        yield span


@contextlib.contextmanager
def shared(
    name: str, *, of: Sequence[SpanContext], attributes: Attributes | None = None
) -> Generator[Span | None, None, None]:
    """A span of work that several share: a part of the first, linked to the others.

    With none it is nobody's, whatever was being done when the work was started.
    """
    tracer = _Tracing.tracer
    if tracer is None:
        yield None
        return
    if not of:
        token = contexts.attach(_NOTHING)
        try:
            yield None
        finally:
            contexts.detach(token)
        return
    inherited = trace.set_span_in_context(trace.NonRecordingSpan(of[0]), _NOTHING)
    with _spanning(
        tracer,
        name,
        context=inherited,
        kind=SpanKind.INTERNAL,
        attributes=attributes,
        links=[Link(each) for each in of[1:]],
    ) as span:
        yield span


@contextlib.contextmanager
def _spanning(
    tracer: Tracer,
    name: str,
    *,
    context: Context | None,
    kind: SpanKind,
    attributes: Attributes | None,
    links: Sequence[Link] = (),
) -> Generator[Span, None, None]:
    span = tracer.start_span(name, context=context, kind=kind, attributes=attributes, links=links)
    token = contexts.attach(trace.set_span_in_context(span, context))
    try:
        yield span
    except BaseException as error:
        # Its name alone: what it says may quote rows of people.
        span.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        contexts.detach(token)
        span.end()
