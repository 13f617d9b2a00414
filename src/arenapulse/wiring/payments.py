"""Payments: what is due at the gateway, the vendor's news, the twin's own page."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.payments import reactions, routes, sandbox, tasks, webhooks
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.service import Charging, Giving
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part
from arenapulse.wiring.vendors import stripe_webhook_secrets


def part(house: House) -> Part:
    core = house.core
    house.provided.give(Gateway, core.gateway)
    house.provided.give(
        webhooks.WebhookSecrets, webhooks.WebhookSecrets(stripe_webhook_secrets(core.runtime))
    )
    if not isinstance(core.gateway, SandboxStripe):
        return Part(routers=(routes.router, webhooks.router))
    house.provided.give(SandboxStripe, core.gateway)
    return Part(routers=(routes.router, webhooks.router, sandbox.router))


def jobs(core: Core) -> Sequence[Registry]:
    database, gateway, news = core.runtime.database, core.gateway, core.news
    registries = [
        tasks.registry(
            database,
            charging=Charging(gateway=gateway, news=news),
            giving=Giving(gateway=gateway, news=news),
        ),
        reactions.registry(database, news=news),
    ]
    if isinstance(gateway, SandboxStripe):
        secrets = stripe_webhook_secrets(core.runtime)
        registries.append(sandbox.registry(database, webhook_secrets=secrets))
    return registries
