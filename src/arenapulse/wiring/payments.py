"""Payments: what is due at the gateway, the vendor's news, the twin and its own page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from arenapulse.core.settings import Settings
from arenapulse.payments import reactions, routes, sandbox, tasks, webhooks
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.routes import papers, seasons
from arenapulse.payments.service import Charging, Giving, PersonalPapers
from arenapulse.payments.service.personal import PersonalPayments
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.web.loopback import serving
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part
from arenapulse.wiring.vendors import has_stripe_twin, make_stripe_twin, stripe_webhook_secrets

STRIPE_FORM: Final = (
    "https://js.stripe.com",
    "https://api.stripe.com",
    "https://hooks.stripe.com",
)


@asynccontextmanager
async def paying(core: Core) -> AsyncGenerator[None, None]:
    """A worker's gateway: Stripe, or its twin on the loopback where no key is set."""
    async with AsyncExitStack() as stack:
        address = core.runtime.settings.stripe_host
        if has_stripe_twin(core.runtime.settings) and address is None:
            twin = make_stripe_twin(core.runtime)
            address = await stack.enter_async_context(serving(twin.app))
        core.gateway.connect(address)
        stack.push_async_callback(core.gateway.close)
        yield


def form_origins(settings: Settings) -> tuple[str, ...]:
    """Where the card form of browsers comes from, and whom it asks."""
    return STRIPE_FORM if settings.stripe_publishable_key is not None else ()


def part(house: House) -> Part:
    core = house.core
    house.provided.give(
        routes.CardForm, routes.CardForm(core.runtime.settings.stripe_publishable_key)
    )
    house.provided.give(Gateway, core.gateway)
    house.provided.give(
        webhooks.WebhookSecrets, webhooks.WebhookSecrets(stripe_webhook_secrets(core.runtime))
    )
    routers = (routes.router, papers.router, seasons.router, webhooks.router)
    if has_stripe_twin(core.runtime.settings):
        house.provided.give(SandboxStripe, make_stripe_twin(core.runtime))
        routers = (*routers, sandbox.router)
    records = (PersonalPayments(),)
    return Part(routers=routers, erasables=(*records, PersonalPapers()), exporters=records)


def jobs(core: Core) -> Sequence[Registry]:
    database, gateway, news = core.runtime.database, core.gateway, core.news
    registries = [
        tasks.registry(
            database,
            charging=Charging(gateway=gateway, news=news),
            giving=Giving(gateway=gateway, news=news),
            gateway=gateway,
            news=news,
        ),
        reactions.registry(database, news=news),
    ]
    if has_stripe_twin(core.runtime.settings):
        secrets = stripe_webhook_secrets(core.runtime)
        twin = make_stripe_twin(core.runtime)
        registries.append(sandbox.registry(database, webhook_secrets=secrets, twin=twin))
    return registries
