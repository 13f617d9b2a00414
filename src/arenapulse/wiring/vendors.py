"""Every vendor: the real one, or its twin where no key is set."""

from __future__ import annotations

from arenapulse.core.settings import Settings
from arenapulse.payments.stripe_books import TOKENS
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.runtime.context import Runtime
from arenapulse.search.cluster import Cluster
from arenapulse.search.elasticsearch_cluster import ElasticsearchCluster
from arenapulse.search.opensearch_cluster import OpenSearchCluster


def has_stripe_twin(settings: Settings) -> bool:
    return settings.stripe_secret_key is None


def make_gateway(runtime: Runtime) -> StripeGateway:
    """Not connected yet: a worker does that, servers call nobody."""
    if has_stripe_twin(runtime.settings):
        return StripeGateway(_twin_key(runtime), tokens=TOKENS)
    key = runtime.settings.stripe_secret_key
    assert key is not None
    return StripeGateway(key, destinations=runtime.settings.stripe_destinations)


def make_stripe_twin(runtime: Runtime) -> SandboxStripe:
    return SandboxStripe(runtime.database, key=_twin_key(runtime))


def _twin_key(runtime: Runtime) -> str:
    return f"sk_test_{runtime.keyring.derive('stripe sandbox key').hex()}"


def stripe_webhook_secrets(runtime: Runtime) -> tuple[str, ...]:
    """Comma-separated while one replaces another; derived where none is given."""
    given = (runtime.settings.stripe_webhook_secret or "").split(",")
    known = tuple(secret.strip() for secret in given if secret.strip())
    return known or (f"whsec_{runtime.keyring.derive('stripe webhooks').hex()}",)


def make_cluster(settings: Settings) -> Cluster | None:
    """By the vendor's name before the plus; None where PostgreSQL answers alone."""
    if settings.search_url is None:
        return None
    vendor, _, url = settings.search_url.partition("+")
    return OpenSearchCluster(url) if vendor == "opensearch" else ElasticsearchCluster(url)
