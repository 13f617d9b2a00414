"""Identity: accounts, sessions, organizations; what the other slices keep about a person."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from arenapulse.flags.terms import EXPORTS
from arenapulse.identity import routes, tasks
from arenapulse.identity.access import Access
from arenapulse.identity.inheriting import Inheritor
from arenapulse.identity.passkeys import Ceremonies
from arenapulse.identity.passwords import PasswordHashes
from arenapulse.identity.service.attempts import Attempts
from arenapulse.identity.service.confirming import Confirming
from arenapulse.identity.service.entering import Door
from arenapulse.identity.service.factors import Factors
from arenapulse.identity.service.guests import Guests
from arenapulse.identity.service.people import People
from arenapulse.identity.service.proofs import Letters
from arenapulse.identity.service.recovery import Recovery
from arenapulse.identity.service.sessions import Desk
from arenapulse.identity.service.sign_in import SignIn
from arenapulse.identity.tokens import DeviceTokens, RefreshTokens
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def make_access(runtime: Runtime) -> Access:
    return Access(database=runtime.database, keyring=runtime.keyring, redis=runtime.redis)


def make_guests(
    runtime: Runtime, *, access: Access, inheritors: Sequence[Inheritor] = ()
) -> Guests:
    return Guests(
        access_tokens=access.tokens,
        redis=runtime.redis,
        is_bounded=runtime.settings.rate_limits,
        inheritors=inheritors,
    )


def make_letters(runtime: Runtime) -> Letters:
    settings = runtime.settings
    return Letters(base_url=settings.base_url, needs_proof=settings.is_production)


def make_sign_in(
    runtime: Runtime,
    *,
    access: Access,
    guests: Guests | None = None,
    hashes: PasswordHashes | None = None,
) -> SignIn:
    door = Door(
        access_tokens=access.tokens,
        refresh_tokens=RefreshTokens(runtime.keyring),
        device_tokens=DeviceTokens(runtime.keyring),
        guests=guests or make_guests(runtime, access=access),
        letters=make_letters(runtime),
        desk=Desk(news=access, cache=runtime.cache),
        admin_needs_factor=runtime.settings.is_production,
    )
    return SignIn(
        database=runtime.database,
        hashes=hashes or PasswordHashes(),
        attempts=Attempts(runtime.redis, enabled=runtime.settings.rate_limits),
        door=door,
    )


def make_confirming(runtime: Runtime, *, sign_in: SignIn) -> Confirming:
    settings = runtime.settings
    attempts = Attempts(runtime.redis, enabled=settings.rate_limits)
    factors = Factors(
        database=runtime.database,
        keyring=runtime.keyring,
        ceremonies=Ceremonies.of(settings.public_url, port=settings.port),
        attempts=attempts,
        desk=sign_in.desk,
        letters=sign_in.door.letters,
        admin_needs_factor=settings.is_production,
    )
    return Confirming(runtime.database, sign_in, factors)


def part(house: House, *, others: Sequence[Part]) -> Part:
    """`others` keep something about people: it is erased and exported with the account."""
    access = house.access
    guests = make_guests(
        house.core.runtime,
        access=access,
        inheritors=tuple(each for other in others for each in other.inheritors),
    )
    runtime, hashes = house.core.runtime, PasswordHashes()
    sign_in = make_sign_in(runtime, access=access, guests=guests, hashes=hashes)
    house.provided.give(Access, access)
    house.provided.give(Guests, guests)
    confirming = make_confirming(runtime, sign_in=sign_in)
    house.provided.give(Confirming, confirming)
    house.provided.give(Factors, confirming.factors)
    house.provided.give(
        Recovery,
        Recovery(
            database=runtime.database,
            hashes=hashes,
            desk=sign_in.desk,
            letters=sign_in.door.letters,
            attempts=confirming.factors.attempts,
        ),
    )
    house.provided.give(SignIn, sign_in)
    house.provided.give(
        People,
        People(
            database=house.core.runtime.database,
            desk=sign_in.desk,
            sign_in=sign_in,
            erasables=tuple(each for other in others for each in other.erasables),
            exporters=tuple(each for other in others for each in other.exporters),
            may_export=partial(house.core.switches.require, EXPORTS),
        ),
    )

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        await access.start()
        try:
            yield
        finally:
            await access.stop()
            sign_in.close()

    return Part(routers=routes.routers, living=living)


def jobs(core: Core) -> Sequence[Registry]:
    return (tasks.registry(core.runtime.database, letters=make_letters(core.runtime)),)
