"""Redis or Valkey: one client a process, short time-outs, so that an outage costs milliseconds."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

COMMAND_TIMEOUT_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 1.0
CONNECTIONS_MAX = 64

REDIS_ERRORS = (RedisError, OSError, TimeoutError)

__all__ = ["REDIS_ERRORS", "Redis", "connect"]


def connect(url: str) -> Redis:
    """A client that answers or fails within a second; it reconnects by itself."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
        url,
        socket_timeout=COMMAND_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        max_connections=CONNECTIONS_MAX,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
