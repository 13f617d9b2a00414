"""Every vendor: the real one, or its twin where no key is set."""

from __future__ import annotations

from arenapulse.payments.gateway import Gateway
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.runtime.context import Runtime


def make_gateway(runtime: Runtime) -> Gateway:
    assert runtime.settings.stripe_secret_key is None, "the adapter of Stripe is not built yet"
    return SandboxStripe(runtime.database)


def stripe_webhook_secrets(runtime: Runtime) -> tuple[str, ...]:
    """Comma-separated while one replaces another; derived where none is given."""
    given = (runtime.settings.stripe_webhook_secret or "").split(",")
    known = tuple(secret.strip() for secret in given if secret.strip())
    return known or (f"whsec_{runtime.keyring.derive('stripe webhooks').hex()}",)
