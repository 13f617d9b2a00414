"""Every setting of the service, read from the environment once, frozen."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Final
from uuid import UUID

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from arenapulse.core.addresses import TrustedProxies


class Environment(enum.StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


_PACKED_WEB: Final = Path(__file__).parents[1] / "web"


class Settings(BaseSettings):
    """Read by `Settings()`; each field says its variable, its unit and why one would change it."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

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
        "the data folder outside production.",
    )
    former_secrets: str = Field(
        default="",
        alias="ARENAPULSE_FORMER_SECRETS",
        description="Comma-separated root secrets that ARENAPULSE_SECRET took the place of: what "
        "they sealed and signed is still good while they stand here.",
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
    stripe_secret_key: str | None = Field(
        default=None,
        alias="STRIPE_SECRET_KEY",
        description="Key of the payment vendor; without it the sandbox twin takes payments, which "
        "production refuses.",
    )
    stripe_webhook_secret: str | None = Field(
        default=None,
        alias="STRIPE_WEBHOOK_SECRET",
        description="Webhook secret of the payment vendor and of its twin.",
    )
    stripe_host: str | None = Field(default=None, alias="STRIPE_HOST", description="A twin's URL.")
    stripe_publishable_key: str | None = Field(
        default=None,
        alias="STRIPE_PUBLISHABLE_KEY",
        description="Key of the vendor's card form in browsers; required with STRIPE_SECRET_KEY.",
    )
    stripe_destinations: dict[UUID, str] = Field(
        default={},
        alias="STRIPE_DESTINATIONS",
        description='JSON, {"<organization>": "acct_…"}: where the money of its orders goes on to.',
    )
    public_url: str | None = Field(
        default=None,
        alias="ARENAPULSE_PUBLIC_URL",
        pattern=r"^https?://[^/\s?#]+$",
        description="Where people reach it, as https://tickets.example.org: links in messages "
        "begin with it, and vendors call back to it. Required in production; elsewhere this port "
        "on the loopback.",
    )
    search_url: str | None = Field(
        default=None,
        alias="ARENAPULSE_SEARCH_URL",
        pattern=r"^(opensearch|elasticsearch)\+https?://[^\s/]+/?$",
        description="A cluster that answers searches, opensearch+https://user:password@host:9200 "
        "or elasticsearch+https://…; without one, and while it is away, PostgreSQL does.",
    )
    media_bucket: str | None = Field(
        default=None,
        alias="ARENAPULSE_MEDIA_BUCKET",
        pattern=r"^[a-z0-9][a-z0-9.\-]{1,62}$",
        description="Bucket of S3 that pictures lie in; without it they lie in the data folder, "
        "which is right for one host.",
    )
    media_endpoint: str | None = Field(
        default=None,
        alias="ARENAPULSE_MEDIA_ENDPOINT",
        pattern=r"^https?://[^\s/]+/?$",
        description="Where the bucket is, if not at AWS.",
    )
    aws_region: str = Field(
        default="us-east-1", alias="AWS_REGION", description="Region of the bucket."
    )
    aws_access_key_id: str | None = Field(
        default=None,
        alias="AWS_ACCESS_KEY_ID",
        description="Key for the bucket; without it the machine's role is asked.",
    )
    aws_secret_access_key: str | None = Field(
        default=None, alias="AWS_SECRET_ACCESS_KEY", description="Its secret."
    )
    mail_from: str = Field(
        default="tickets@arenapulse.test",
        alias="ARENAPULSE_MAIL_FROM",
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="Sender of mails, one that the mail vendor knows as yours; required in "
        "production.",
    )
    mail_from_name: str = Field(
        default="ArenaPulse",
        alias="ARENAPULSE_MAIL_FROM_NAME",
        pattern=r"^[^\r\n]*$",
        description="Name beside the sender of mails.",
    )
    sendgrid_api_key: str | None = Field(
        default=None,
        alias="SENDGRID_API_KEY",
        description="Key of the mail vendor; without it and without ARENAPULSE_SMTP_URL a sandbox "
        "twin takes mails, which production refuses.",
    )
    sendgrid_webhook_key: str | None = Field(
        default=None,
        alias="SENDGRID_WEBHOOK_KEY",
        description="Public key that the mail vendor signs its event webhook with.",
    )
    sendgrid_host: str | None = Field(
        default=None,
        alias="SENDGRID_HOST",
        description="Base URL of the mail vendor's API: its European region, or a twin elsewhere.",
    )
    smtp_url: str | None = Field(
        default=None,
        alias="ARENAPULSE_SMTP_URL",
        pattern=r"^(smtps|smtp|smtp\+starttls)://\S+$",
        description="A mail server of your own, smtps://user:password@host, smtp+starttls://… or "
        "smtp://…; beside SENDGRID_API_KEY it is asked when that vendor fails.",
    )
    twilio_account_sid: str | None = Field(
        default=None,
        alias="TWILIO_ACCOUNT_SID",
        description="Account at the vendor of text messages; without it a sandbox twin takes them, "
        "and in production none are sent.",
    )
    twilio_auth_token: str | None = Field(
        default=None,
        alias="TWILIO_AUTH_TOKEN",
        description="Its token, which its callbacks are signed with as well.",
    )
    twilio_from: str | None = Field(
        default=None,
        alias="TWILIO_FROM",
        description="Number or messaging service (MG…) that text messages come from.",
    )
    twilio_host: str | None = Field(
        default=None,
        alias="TWILIO_HOST",
        description="Base URL of the vendor of text messages, for a twin elsewhere.",
    )
    mail_thousand_cost: int = Field(
        default=80,
        ge=0,
        le=1_000_000,
        alias="ARENAPULSE_MAIL_THOUSAND_COST",
        description="What a thousand mails cost you, in minor units: campaigns are priced by it.",
    )
    text_part_cost: int = Field(
        default=8,
        ge=0,
        le=1_000_000,
        alias="ARENAPULSE_TEXT_PART_COST",
        description="What one part of a text message costs you, in minor units.",
    )
    message_currency: str = Field(
        default="EUR",
        alias="ARENAPULSE_MESSAGE_CURRENCY",
        pattern=r"^[A-Z]{3}$",
        description="Currency of these costs.",
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
    webhook_allow_private: bool = Field(
        default=False,
        alias="ARENAPULSE_WEBHOOK_ALLOW_PRIVATE",
        description="on lets webhooks lead into private networks; refused in production.",
    )
    database_pool_size: int = Field(
        default=8, ge=1, le=200, alias="ARENAPULSE_DB_POOL", description="Connections a process."
    )
    batch_queue_max: int = Field(
        default=8192,
        ge=1,
        alias="ARENAPULSE_BATCH_QUEUE",
        description="Orders waiting for a batch in one process; past it 503.",
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
        description="Port on ARENAPULSE_HOST where a worker shows its `/metrics`; unset, it shows "
        "none. Servers show theirs beside the API.",
    )
    log_level: str = Field(
        default="INFO", alias="ARENAPULSE_LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR."
    )

    @property
    def built_web(self) -> Path:
        """The folder that holds the web app, if there is one."""
        is_packed = not self.web_folder.is_dir() and _PACKED_WEB.is_dir()
        return _PACKED_WEB if is_packed else self.web_folder

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def base_url(self) -> str:
        """Where links lead; never what a request says of itself."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def drain_seconds(self) -> float:
        if self.socket_drain_seconds is not None:
            return self.socket_drain_seconds
        return 60.0 if self.is_production else 1.0

    @property
    def former_secret_list(self) -> tuple[str, ...]:
        return _listed(self.former_secrets)

    @property
    def proxies(self) -> TrustedProxies:
        given = _listed(self.trusted_proxies)
        # Simulated fans have an address each, which they can only say through this header.
        return TrustedProxies.of(*given, *(() if self.is_production else ("127.0.0.1", "::1")))

    @property
    def cors_origin_list(self) -> tuple[str, ...]:
        return _listed(self.cors_origins)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, given: str) -> str:
        TrustedProxies.of(*_listed(given))
        return given


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
