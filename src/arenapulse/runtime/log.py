"""Structured logs: one JSON line an entry, with the request id of whoever caused it."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from arenapulse.core.settings import Environment, Settings

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# Never in a log, whoever put them there.
SECRET_KEYS = frozenset(
    {"password", "token", "authorization", "cookie", "secret", "email", "phone_number", "full_name"}
)


def _add_request_id(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    current = request_id.get()
    if current is not None:
        entry.setdefault("requestId", current)
    return entry


def _hide_secrets(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    for key in entry:
        if key.lower() in SECRET_KEYS:
            entry[key] = "[hidden]"
    return entry


def configure(settings: Settings) -> None:
    """Sends our entries and those of the libraries to stderr as JSON lines."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    if settings.environment is Environment.TEST:
        level = max(level, logging.WARNING)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _add_request_id,
        _hide_secrets,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def logger(name: str) -> Any:
    return structlog.get_logger(name)
