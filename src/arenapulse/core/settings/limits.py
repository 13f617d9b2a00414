"""Settings that bound what a process takes: holds, connections, sockets, time and queues."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class LimitSettings(BaseSettings):
    rate_limits: bool = Field(
        default=True,
        alias="ARENAPULSE_RATE_LIMITS",
        description="off lifts rate limits for load tests; refused in production.",
    )
    held_places_max: int = Field(
        default=60,
        ge=1,
        le=1_000_000,
        alias="ARENAPULSE_HELD_PLACES_MAX",
        description="Places that one account may hold unpaid over all events; no bound while "
        "ARENAPULSE_RATE_LIMITS is off.",
    )
    connections_max: int = Field(
        default=16_384,
        ge=16,
        le=1_000_000,
        alias="ARENAPULSE_CONNECTIONS",
        description="HTTP connections open at once; past it newcomers get 503. Half of them may "
        "owe us a head or a body, beyond that the longest owing one is closed. At most a third of "
        "the files that a process may open.",
    )
    connections_per_address_max: int = Field(
        default=4_000,
        ge=4,
        le=1_000_000,
        alias="ARENAPULSE_CONNECTIONS_PER_ADDRESS",
        description="Of these by one address (an IPv6 /64 is one); past it 429. Not for trusted "
        "proxies.",
    )
    sockets_max: int = Field(
        default=12_000,
        ge=16,
        le=1_000_000,
        alias="ARENAPULSE_SOCKETS",
        description="Socket.IO sessions open at once; past it newcomers get 503. At most a third "
        "of the files that a process may open.",
    )
    sockets_per_address_max: int = Field(
        default=4_000,
        ge=4,
        le=1_000_000,
        alias="ARENAPULSE_SOCKETS_PER_ADDRESS",
        description="Of these by one address; past it 429.",
    )
    head_seconds: float = Field(
        default=10.0,
        gt=0,
        le=600,
        alias="ARENAPULSE_HEAD_SECONDS",
        description="How long a request's head may take to arrive, from the connection or its "
        "first byte on; past it 408.",
    )
    body_seconds: float = Field(
        default=30.0,
        gt=0,
        le=600,
        alias="ARENAPULSE_BODY_SECONDS",
        description="How long a body may take, and a second more for each 16 kB that have come; "
        "past it 408.",
    )
    idle_seconds: float = Field(
        default=75.0,
        gt=0,
        le=3_600,
        alias="ARENAPULSE_IDLE_SECONDS",
        description="How long a connection may be silent between requests (5 s at most while four "
        "fifths of ARENAPULSE_CONNECTIONS are open); past it 408.",
    )
    answer_seconds: float = Field(
        default=30.0,
        gt=0,
        le=600,
        alias="ARENAPULSE_ANSWER_SECONDS",
        description="How long a client may take nothing of the answer that waits for it; past it "
        "the connection is cut.",
    )
    database_pool_size: int = Field(
        default=8,
        ge=1,
        le=200,
        alias="ARENAPULSE_DB_POOL",
        description="Connections of a process for orders and what is as urgent; all else may take"
        " twice as many beside.",
    )
    batch_queue_max: int = Field(
        default=8192,
        ge=1,
        alias="ARENAPULSE_BATCH_QUEUE",
        description="Orders waiting for a batch in one process; past it 503.",
    )
