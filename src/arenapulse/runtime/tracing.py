"""Traces: request → batch → commit → frame, and job → vendor. Off until `begin` is told to whom.

Who decides is the edge (and a worker for what it starts by itself): one in `1 / ratio`, by chance,
so many a second at most; a job goes on with the trace of who enqueued it. What is not sampled has
no span.
Names and attributes are ours: no path, no query, nothing of a person.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Generator, Mapping, Sequence
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from arenapulse.core import clock

Attributes = Mapping[str, str | int | float | bool]

_NOTHING: Final = Context()
_PROPAGATOR: Final = TraceContextTextMapPropagator()
# Chooses what is looked at, protects nothing.
_chance = random.Random()  # noqa: S311
# What is being done, where it is sampled. Nearly nothing is: all that most pay is one look here.
_span: ContextVar[Span | None] = ContextVar("span", default=None)


class _Tracing:
    tracer: Tracer | None = None
    ratio: float = 0.0
    most_a_second: float = math.inf
    second: float = 0.0
    drawn: int = 0


def begin(tracer: Tracer | None, *, ratio: float, most_a_second: float = math.inf) -> None:
    """From now on spans go to this tracer; None turns traces off."""
    _Tracing.tracer = tracer
    _Tracing.ratio = ratio
    _Tracing.most_a_second = most_a_second
    _Tracing.drawn = 0


def is_drawn() -> bool:
    """Whether a request that begins here is traced: one in `1 / ratio`, by chance.

    Nothing of what was done here before is a part of it: a connection may have begun to read on in
    the middle of somebody else's request.
    """
    if _Tracing.tracer is None:
        return False
    _span.set(None)
    return _chance.random() < _Tracing.ratio and _has_room()


def _has_room() -> bool:
    """Whether this second has fewer traces than it may have."""
    second = clock.monotonic_seconds() // 1
    if second != _Tracing.second:
        _Tracing.second, _Tracing.drawn = second, 0
    _Tracing.drawn += 1
    return _Tracing.drawn <= _Tracing.most_a_second


def ids() -> tuple[str, str] | None:
    """Trace and span of what is being done, as logs and exemplars carry them."""
    found = current()
    return None if found is None else (f"{found.trace_id:032x}", f"{found.span_id:016x}")


def exemplar() -> dict[str, str] | None:
    """For a histogram: which trace is an example of what it counts."""
    found = ids()
    return None if found is None else {"trace_id": found[0]}


def note(*, method: str, route: str, status: int) -> None:
    """What is known of a request at its end; `route` as it is declared, never a path."""
    span = _span.get()
    if span is None:
        return
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.response.status_code", status)
    if route:
        span.set_attribute("http.route", route)
        span.update_name(f"{method} {route}")
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def current() -> SpanContext | None:
    """Of what is being done, if it is sampled: kept to link to it later."""
    span = _span.get()
    return None if span is None or _Tracing.tracer is None else span.get_span_context()


def parent_text() -> str | None:
    """`traceparent` for who goes on in another process, if this is sampled."""
    span = _span.get()
    if span is None or _Tracing.tracer is None:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context=trace.set_span_in_context(span, _NOTHING))
    return carrier.get("traceparent")


@contextlib.contextmanager
def root(
    name: str,
    *,
    parent: str | None = None,
    attributes: Attributes | None = None,
    was_drawn: bool = False,
) -> Generator[Span | None, None, None]:
    """A span that begins here, where it is sampled; else nothing is, whatever was around it.

    `was_drawn` says that `is_drawn` has chosen it.
    """
    tracer = _Tracing.tracer
    if tracer is None:
        yield None
        return
    inherited = _NOTHING
    if parent is not None:
        inherited = _PROPAGATOR.extract({"traceparent": parent}, context=_NOTHING)
    given = trace.get_current_span(inherited).get_span_context()
    if given.is_valid:
        is_sampled = given.trace_flags.sampled
    else:
        is_sampled = was_drawn or (_chance.random() < _Tracing.ratio and _has_room())
    if not is_sampled:
        with _nobodys():
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
    tracer, around = _Tracing.tracer, _span.get()
    if tracer is None or around is None:
        yield None
        return
    kind = SpanKind.CLIENT if is_call else SpanKind.INTERNAL
    inherited = trace.set_span_in_context(around, _NOTHING)
    with _spanning(tracer, name, context=inherited, kind=kind, attributes=attributes) as span:
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
        with _nobodys():
            yield None
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
def _nobodys() -> Generator[None, None, None]:
    token = _span.set(None)
    try:
        yield
    finally:
        _span.reset(token)


@contextlib.contextmanager
def _spanning(
    tracer: Tracer,
    name: str,
    *,
    context: Context,
    kind: SpanKind,
    attributes: Attributes | None,
    links: Sequence[Link] = (),
) -> Generator[Span, None, None]:
    span = tracer.start_span(name, context=context, kind=kind, attributes=attributes, links=links)
    token = _span.set(span)
    try:
        yield span
    except BaseException as error:
        # Its name alone: what it says may quote rows of people.
        span.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        _span.reset(token)
        span.end()
