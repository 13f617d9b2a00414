"""Redis or Valkey: one client a process, short time-outs, so that an outage costs milliseconds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

COMMAND_TIMEOUT_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 1.0
CONNECTIONS_MAX = 64
# A burst has its turn by then; while Redis hangs, nobody is held up for longer by those who ask it.
TURN_SECONDS_MAX = 0.25
LISTEN_SECONDS = 1.0
UNANSWERED_MAX = 3

REDIS_ERRORS = (RedisError, OSError, TimeoutError)
# Those of them that say nothing of what was asked.
REDIS_AWAY = (RedisConnectionError, RedisTimeout, OSError, TimeoutError)

__all__ = ["REDIS_AWAY", "REDIS_ERRORS", "Redis", "connect", "messages"]


def connect(url: str) -> Redis:
    """A client that answers or fails within a second or two; it reconnects by itself.

    Where two hundred events change at once, whoever finds all connections taken waits for one.
    """
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped
        url,
        timeout=TURN_SECONDS_MAX,
        socket_timeout=COMMAND_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        max_connections=CONNECTIONS_MAX,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
    return Redis.from_pool(pool)


async def messages(pubsub: Any) -> AsyncGenerator[dict[str, Any], None]:
    """What a subscribed connection hears; `TimeoutError` where it does not even answer pings.

    redis-py asks for no such answer: a line that fell silent would be listened to for ever.
    """
    unanswered = 0
    while True:
        message = await pubsub.get_message(timeout=LISTEN_SECONDS)
        if message is not None:
            unanswered = 0
            if message["type"] != "pong":
                yield message
        elif unanswered >= UNANSWERED_MAX:
            raise TimeoutError("Redis does not answer")
        else:
            unanswered += 1
            await pubsub.ping()
