"""What production refuses, judged from the settings alone."""

from __future__ import annotations

from arenapulse.core.settings import Settings

SECRET_CHARACTERS_MIN = 32
# `openssl rand -hex 32` has 16 different characters at most; a repeated word has fewer than these.
SECRET_VARIETY_MIN = 8


def _is_weak(secret: str) -> bool:
    return len(secret) < SECRET_CHARACTERS_MIN or len(set(secret)) < SECRET_VARIETY_MIN


def production_refusals(settings: Settings) -> list[str]:
    """A line for each setting that may not be so in production; elsewhere nothing is refused."""
    if not settings.is_production:
        return []
    refusals: list[str] = []
    if settings.secret is None:
        refusals.append("ARENAPULSE_SECRET is missing: `openssl rand -hex 32` makes one")
    elif _is_weak(settings.secret):
        refusals.append(
            f"ARENAPULSE_SECRET is weak: it needs {SECRET_CHARACTERS_MIN} random characters, "
            "`openssl rand -hex 32` makes them"
        )
    if any(_is_weak(secret) for secret in settings.former_secret_list):
        refusals.append("ARENAPULSE_FORMER_SECRETS holds a weak one: what it signed is not good")
    if not settings.rate_limits:
        refusals.append("ARENAPULSE_RATE_LIMITS=off is refused in production: unset it")
    if settings.stripe_secret_key is None:
        refusals.append(
            "STRIPE_SECRET_KEY is missing: the sandbox twin may not take payments in production"
        )
    if settings.stripe_webhook_secret is None:
        refusals.append("STRIPE_WEBHOOK_SECRET is missing: webhooks could not be verified")
    # The default merely allows demo data elsewhere; asking for it here is a mistake.
    if settings.seed and "seed" in settings.model_fields_set:
        refusals.append("ARENAPULSE_SEED=on is refused in production: unset it")
    if settings.demo_password is not None:
        refusals.append("ARENAPULSE_DEMO_PASSWORD is refused in production: unset it")
    return refusals
