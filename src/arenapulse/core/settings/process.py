"""Settings of a process: where it runs, with which engines and secrets, and whom it believes."""

from __future__ import annotations

import enum
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from arenapulse.core.addresses import TrustedProxies


class Environment(enum.StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Backups(enum.StrEnum):
    TOLD = "told"
    ELSEWHERE = "elsewhere"


class ProcessSettings(BaseSettings):
    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        alias="ARENAPULSE_ENV",
        description="development, test (quieter logs) or production (no demo data, no twins).",
    )
    host: str = Field(
        default="127.0.0.1", alias="ARENAPULSE_HOST", description="Address to listen on."
    )
    port: int = Field(
        default=8000, ge=1, le=65535, alias="ARENAPULSE_PORT", description="Port to listen on."
    )
    data_folder: Path = Field(
        default=Path(".arenapulse"),
        alias="ARENAPULSE_DATA",
        description="Folder of the embedded engines and of secrets made at the first start.",
    )
    database_url: str | None = Field(
        default=None,
        alias="DATABASE_URL",
        description="PostgreSQL to use; without it an embedded one is started.",
    )
    app_password: str | None = Field(
        default=None,
        min_length=16,
        alias="ARENAPULSE_APP_PASSWORD",
        description="Password (≥ 16 characters) of the role `arenapulse_app`, which `arenapulse "
        "migrate` then makes where it is missing, with `arenapulse_owner`; DATABASE_URL is of who "
        "may make roles. Unset, the roles are yours to make.",
    )
    database_read_url: str | None = Field(
        default=None,
        alias="ARENAPULSE_DATABASE_READ_URL",
        description="A streaming standby of DATABASE_URL that answers what may be a moment old: "
        "lists, search, figures, exports. Without one, and while it is away or behind, the "
        "database itself does.",
    )
    replica_lag_seconds: float = Field(
        default=2.0,
        gt=0,
        le=300,
        alias="ARENAPULSE_REPLICA_LAG_SECONDS",
        description="Past so many seconds behind a standby is not asked.",
    )
    backups: Backups = Field(
        default=Backups.TOLD,
        alias="ARENAPULSE_BACKUPS",
        description="told: whoever makes backups tells the database of each (`deploy/backup`), and "
        "one that is late is an alert. elsewhere: a cloud makes them, and says itself if it does "
        "not.",
    )
    redis_url: str | None = Field(
        default=None,
        alias="REDIS_URL",
        description="Redis or Valkey to use; without it an embedded one is started.",
    )
    web_folder: Path = Field(
        default=Path("web/dist"),
        alias="ARENAPULSE_WEB",
        description="Built web app; where it is not, the wheel's own; without either the API alone "
        "is served.",
    )
    secret: str | None = Field(
        default=None,
        alias="ARENAPULSE_SECRET",
        description="Root secret (≥ 32 characters) that keys are derived from; made and kept in "
        "the data folder outside production. `file:PATH` reads it, `kms:…` has AWS KMS unwrap it.",
    )
    former_secrets: str = Field(
        default="",
        alias="ARENAPULSE_FORMER_SECRETS",
        description="Comma-separated root secrets that ARENAPULSE_SECRET took the place of: what "
        "they sealed and signed is still good while they stand here.",
    )
    public_url: str | None = Field(
        default=None,
        alias="ARENAPULSE_PUBLIC_URL",
        pattern=r"^https?://[^/\s?#]+$",
        description="Where people reach it, as https://tickets.example.org: links in messages "
        "begin with it, and vendors call back to it. Required in production; elsewhere this port "
        "on the loopback.",
    )
    trusted_proxies: str = Field(
        default="",
        alias="ARENAPULSE_TRUSTED_PROXIES",
        description="Comma-separated addresses and networks whose X-Forwarded-For counts; outside "
        "production 127.0.0.1 and ::1 are among them.",
    )
    cors_origins: str = Field(
        default="",
        alias="ARENAPULSE_CORS_ORIGINS",
        description="Comma-separated origins that may call the API and the socket from a browser.",
    )
    seed: bool = Field(
        default=True,
        alias="ARENAPULSE_SEED",
        description="off keeps a fresh database free of demo data; production never has any.",
    )
    demo_password: str | None = Field(
        default=None,
        alias="ARENAPULSE_DEMO_PASSWORD",
        description="Password of the demo accounts; made and printed at the first start if unset.",
    )
    webhook_allow_private: bool = Field(
        default=False,
        alias="ARENAPULSE_WEBHOOK_ALLOW_PRIVATE",
        description="on lets webhooks lead into private networks; refused in production.",
    )
    analytics_days: int = Field(
        default=90,
        ge=1,
        le=3_650,
        alias="ARENAPULSE_ANALYTICS_DAYS",
        description="How many days what clients told is kept, row by row; its counts by minute "
        "stay.",
    )
    worker_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        alias="ARENAPULSE_WORKER_METRICS_PORT",
        description="Port on ARENAPULSE_HOST where a worker shows its `/metrics`, and by "
        "`/health/live` that its loop turns; unset, nothing. Servers show theirs beside the API.",
    )
    otlp_url: str | None = Field(
        default=None,
        alias="ARENAPULSE_OTLP_URL",
        description="Who takes traces in by OTLP over HTTP, say http://127.0.0.1:4318; unset, none "
        "are made.",
    )
    trace_ratio: float = Field(
        default=0.01,
        ge=0,
        le=1,
        alias="ARENAPULSE_TRACE_RATIO",
        description="Share of requests and due work that is traced, with the jobs they cause; less "
        "than 1 is at most 32 traces a second of each process.",
    )
    dogstatsd: str | None = Field(
        default=None,
        pattern=r"^[^:\s]+:\d{1,5}$",
        alias="ARENAPULSE_DOGSTATSD",
        description="host:port of a Datadog agent that is told the figures of `/metrics` every ten "
        "seconds; unset, none is.",
    )
    metrics_token: str | None = Field(
        default=None,
        alias="ARENAPULSE_METRICS_TOKEN",
        description="Who shows it as a bearer token sees a server's `/metrics`. Unset, everybody "
        "does, and in production nobody.",
    )
    tls_certificate: Path | None = Field(
        default=None,
        alias="ARENAPULSE_TLS_CERTIFICATE",
        description="PEM file of the certificate and its chain: `serve` then speaks TLS 1.3 by "
        "itself, in one process. Without it a proxy before us does.",
    )
    tls_key: Path | None = Field(
        default=None, alias="ARENAPULSE_TLS_KEY", description="PEM file of its private key."
    )
    log_level: str = Field(
        default="INFO", alias="ARENAPULSE_LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR."
    )
    stock_socket_path: bool = Field(
        default=False,
        alias="ARENAPULSE_STOCK_SOCKET",
        description="on falls back to stock python-socketio instead of the fan-out server.",
    )
    socket_drain_seconds: float | None = Field(
        default=None,
        ge=0,
        le=600,
        alias="ARENAPULSE_DRAIN",
        description="Over how many seconds a stopping server sends its sockets to the others; "
        "unset, 60 in production and 1 elsewhere. Whoever stops it should wait 5 s longer.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, given: str) -> str:
        TrustedProxies.of(*listed(given))
        return given


def listed(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated value."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
