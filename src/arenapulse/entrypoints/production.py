"""What production refuses, judged from the settings alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arenapulse.core.settings import Settings

SECRET_CHARACTERS_MIN = 32
# A vendor's own keys are shorter behind their prefix.
VENDOR_CHARACTERS_MIN = 24
# `openssl rand -hex 32` has 16 different characters at most; a repeated word has fewer than these.
SECRET_VARIETY_MIN = 8
_VENDOR_PREFIX = re.compile(r"(whsec|[srp]k_live|[srp]k_test)_")


def _is_weak(secret: str, characters_min: int) -> bool:
    bare = _VENDOR_PREFIX.sub("", secret, count=1)
    return len(bare) < characters_min or len(set(bare)) < SECRET_VARIETY_MIN


@dataclass(frozen=True, kw_only=True)
class _Secret:
    """One that production cannot do without."""

    variable: str
    value: str | None
    why: str
    mend: str
    characters_min: int

    def refusal(self) -> str | None:
        if self.value is None:
            return f"{self.variable} is missing: {self.why}"
        # Several are good while one replaces another: the weakest decides.
        if not any(_is_weak(one.strip(), self.characters_min) for one in self.value.split(",")):
            return None
        return (
            f"{self.variable} is weak: it needs {self.characters_min} random characters, "
            f"{self.mend}"
        )


def _secrets(settings: Settings) -> tuple[_Secret, ...]:
    return (
        _Secret(
            variable="ARENAPULSE_SECRET",
            value=settings.secret,
            why="`openssl rand -hex 32` makes one",
            mend="`openssl rand -hex 32` makes them",
            characters_min=SECRET_CHARACTERS_MIN,
        ),
        _Secret(
            variable="STRIPE_SECRET_KEY",
            value=settings.stripe_secret_key,
            why="the sandbox twin may not take payments in production",
            mend="copy the key of the vendor",
            characters_min=VENDOR_CHARACTERS_MIN,
        ),
        _Secret(
            variable="STRIPE_PUBLISHABLE_KEY",
            value=settings.stripe_publishable_key,
            why="browsers could not take cards",
            mend="copy the publishable key of the vendor",
            characters_min=VENDOR_CHARACTERS_MIN,
        ),
        _Secret(
            variable="STRIPE_WEBHOOK_SECRET",
            value=settings.stripe_webhook_secret,
            why="webhooks could not be verified",
            mend="copy the secret of the vendor's endpoint",
            characters_min=VENDOR_CHARACTERS_MIN,
        ),
    )


def production_refusals(settings: Settings) -> list[str]:
    """A line for each setting that may not be so in production; elsewhere nothing is refused."""
    if not settings.is_production:
        return []
    judged = (secret.refusal() for secret in _secrets(settings))
    refusals = [refusal for refusal in judged if refusal is not None]
    if any(_is_weak(secret, SECRET_CHARACTERS_MIN) for secret in settings.former_secret_list):
        refusals.append("ARENAPULSE_FORMER_SECRETS holds a weak one: what it signed is not good")
    refusals += [
        f"{variable} is weak: it needs {VENDOR_CHARACTERS_MIN} random characters"
        for variable, value in (
            ("ARENAPULSE_METRICS_TOKEN", settings.metrics_token),
            ("SENDGRID_API_KEY", settings.sendgrid_api_key),
            # Signs what the vendor tells us, too.
            ("TWILIO_AUTH_TOKEN", settings.twilio_auth_token),
            ("TURNSTILE_SECRET_KEY", settings.turnstile_secret_key),
        )
        if value is not None and _is_weak(value, VENDOR_CHARACTERS_MIN)
    ]
    if not settings.rate_limits:
        refusals.append("ARENAPULSE_RATE_LIMITS=off is refused in production: unset it")
    if settings.webhook_allow_private:
        refusals.append("ARENAPULSE_WEBHOOK_ALLOW_PRIVATE=on is refused in production: unset it")
    refusals += _message_refusals(settings)
    if settings.media_bucket is None and settings.media_folder is None:
        # The image's data folder is gone with its container, and no other has it.
        refusals.append(
            "ARENAPULSE_MEDIA_BUCKET or ARENAPULSE_MEDIA_FOLDER is missing: pictures need a place "
            "that lasts and that all servers share"
        )
    # The default merely allows demo data elsewhere; asking for it here is a mistake.
    if settings.seed and "seed" in settings.model_fields_set:
        refusals.append("ARENAPULSE_SEED=on is refused in production: unset it")
    if settings.demo_password is not None:
        refusals.append("ARENAPULSE_DEMO_PASSWORD is refused in production: unset it")
    return refusals


def _message_refusals(settings: Settings) -> list[str]:
    refusals: list[str] = []
    if settings.public_url is None:
        refusals.append("ARENAPULSE_PUBLIC_URL is missing: links in messages would lead nowhere")
    if settings.sendgrid_api_key is None and settings.smtp_url is None:
        refusals.append(
            "SENDGRID_API_KEY or ARENAPULSE_SMTP_URL is missing: the sandbox twin may not take "
            "mails in production"
        )
    if settings.sendgrid_api_key is not None and settings.sendgrid_webhook_key is None:
        refusals.append("SENDGRID_WEBHOOK_KEY is missing: webhooks could not be verified")
    if "mail_from" not in settings.model_fields_set:
        refusals.append("ARENAPULSE_MAIL_FROM is missing: mails need a sender")
    twilio = (settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from)
    if any(twilio) and not all(twilio):
        refusals.append(
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM go together: set all or none"
        )
    return refusals
