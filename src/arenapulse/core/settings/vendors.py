"""Settings of vendors: cards, search, pictures, mails and text messages, and what these cost."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from pydantic import Field
from pydantic_settings import BaseSettings


class VendorSettings(BaseSettings):
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
        description="Bucket of S3 that pictures lie in; without it they lie in a folder. "
        "Production needs one or the other.",
    )
    media_folder: Path | None = Field(
        default=None,
        alias="ARENAPULSE_MEDIA_FOLDER",
        description="Folder that pictures lie in where there is no bucket: one that lasts, and "
        "that all servers and workers share. Unset, `media` in the data folder.",
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
    turnstile_site_key: str | None = Field(
        default=None,
        alias="TURNSTILE_SITE_KEY",
        description="Site key of Cloudflare Turnstile: where many join a line at once, its widget "
        "vouches for people instead of work that their browsers do; needs TURNSTILE_SECRET_KEY.",
    )
    turnstile_secret_key: str | None = Field(
        default=None, alias="TURNSTILE_SECRET_KEY", description="Its secret."
    )
    turnstile_host: str = Field(
        default="https://challenges.cloudflare.com",
        alias="TURNSTILE_HOST",
        pattern=r"^https?://[^\s/]+$",
        description="Where Turnstile is asked, for a twin elsewhere.",
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
