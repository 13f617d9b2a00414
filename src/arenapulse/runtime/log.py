"""Structured logs: one JSON line an entry, with the request id of whoever caused it."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from contextvars import ContextVar
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from arenapulse.core.errors import InvariantBroken, Refusal
from arenapulse.core.settings import Environment, Settings
from arenapulse.runtime import tracing

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

FRAMES_MAX = 20
FOREIGN_FRAMES_MAX = 4
CAUSES_MAX = 5
# Their messages are our own words, or name types and attributes; no value stands in them.
SPEAKABLE = (InvariantBroken, Refusal, AttributeError, TypeError, NameError, ImportError)
# Never in a log, whoever put them there.
SECRET_KEYS = frozenset(
    {"password", "token", "authorization", "cookie", "secret", "email", "phone_number", "full_name"}
)


def _add_request_id(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    current = request_id.get()
    if current is not None:
        entry.setdefault("requestId", current)
    return entry


def _add_trace(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    found = tracing.ids()
    if found is not None:
        entry["traceId"], entry["spanId"] = found
    return entry


def _hide_secrets(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    for key in entry:
        if key.lower() in SECRET_KEYS:
            entry[key] = "[hidden]"
    return entry


def name_of(error: BaseException | None) -> str:
    """An exception's name, with the code that the database gave it."""
    state = getattr(error, "sqlstate", None)
    return type(error).__name__ + (f" {state}" if isinstance(state, str) else "")


def describe(error: BaseException) -> str:
    """A traceback without what the exceptions say, and the same of what caused it.

    Messages of drivers and of parsers quote the values of rows and requests: people's.
    """
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < CAUSES_MAX:
        text = f": {cause}" if isinstance(cause, SPEAKABLE) else _constraint(cause)
        told.append(_frames(cause) + name_of(cause) + text)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n… from:\n".join(told)


def _frames(error: BaseException) -> str:
    """Ours, and the innermost ones of whom we called."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = len(frames) - FOREIGN_FRAMES_MAX
    shown = [f for n, f in enumerate(frames) if n >= inner or "/arenapulse/" in f.filename]
    return "".join(traceback.StackSummary.from_list(shown[-FRAMES_MAX:]).format())


def _constraint(error: BaseException) -> str:
    name = getattr(error, "constraint_name", None)
    return f" of {name}" if isinstance(name, str) else ""


def _describe_exception(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    found: Any = entry.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    if isinstance(found, tuple):
        found = cast("tuple[object, ...]", found)[1]
    if isinstance(found, BaseException):
        entry["exception"] = describe(found)
    return entry


def _first_line_of_asyncio(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    """The others hold whole tasks, with what their exceptions say."""
    if entry["_record"].name == "asyncio":
        entry["event"] = str(entry["event"]).partition("\n")[0]
    return entry


def _tells_of_a_failure(record: logging.LogRecord) -> bool:
    """Who was ended by us while a library closed a connection failed at nothing."""
    told = record.exc_info
    return not (isinstance(told, tuple) and isinstance(told[1], asyncio.CancelledError))


class _Stderr:
    """Standard error as it is when a line is written; who runs us may have put another there."""

    @staticmethod
    def write(text: str) -> int:
        return sys.stderr.write(text)

    @staticmethod
    def flush() -> None:
        sys.stderr.flush()


def configure(settings: Settings) -> None:
    """Sends our entries and those of the libraries to stderr as JSON lines."""
    out = cast("TextIO", _Stderr())
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    if settings.environment is Environment.TEST:
        level = max(level, logging.WARNING)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _add_request_id,
        _add_trace,
        _hide_secrets,
    ]
    structlog.configure(
        processors=[
            *shared,
            _describe_exception,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(_tells_of_a_failure)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                _first_line_of_asyncio,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _describe_exception,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def logger(name: str) -> Any:
    return structlog.get_logger(name)
