"""The one page that knows everybody: routers, hot handlers, tasks, reactions, vendors."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import APIRouter

from arenapulse.core.settings import Settings
from arenapulse.events import hot as event_hot
from arenapulse.events import routes as event_routes
from arenapulse.events.salebook import Salebook
from arenapulse.identity import routes as identity_routes
from arenapulse.identity.access import Access
from arenapulse.identity.passwords import PasswordHashes
from arenapulse.identity.service.attempts import Attempts
from arenapulse.identity.service.people import People
from arenapulse.identity.service.sessions import Desk
from arenapulse.identity.service.sign_in import SignIn
from arenapulse.identity.tokens import RefreshTokens
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.orders import hot as order_hot
from arenapulse.orders import reactions as order_reactions
from arenapulse.orders import routes as order_routes
from arenapulse.orders import tasks as order_tasks
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import SaleNews, Unheard
from arenapulse.orders.seating import Seating
from arenapulse.orders.service import PersonalRecords
from arenapulse.payments import reactions as payment_reactions
from arenapulse.payments import routes as payment_routes
from arenapulse.payments import tasks as payment_tasks
from arenapulse.payments import webhooks as payment_webhooks
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.service import Refunds, Till
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.realtime import hot as realtime_hot
from arenapulse.realtime import routes as realtime_routes
from arenapulse.realtime.broadcast import Broadcast
from arenapulse.realtime.newsroom import Newsroom
from arenapulse.realtime.rights import Rights
from arenapulse.realtime.rooms import Rooms
from arenapulse.realtime.seatframes import SeatFrames
from arenapulse.realtime.seatstreams import SeatStreams
from arenapulse.realtime.snapshots import Snapshots
from arenapulse.realtime.streams import Streams
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Jobs, Registry, attach
from arenapulse.runtime.jobs.housekeeping import housekeeping
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts
from arenapulse.runtime.ratelimit import RateLimiter
from arenapulse.runtime.redis import connect
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.metrics import show
from arenapulse.runtime.socket.server import SocketServer, make_server
from arenapulse.runtime.web.app import build
from arenapulse.runtime.web.site import Site
from arenapulse.venues import routes as venue_routes

UNLIMITED = 1_000_000


def make_runtime(settings: Settings) -> Runtime:
    assert settings.database_url is not None, "DATABASE_URL is not set: use `arenapulse up`"
    assert settings.redis_url is not None, "REDIS_URL is not set: use `arenapulse up`"
    assert settings.secret is not None, "ARENAPULSE_SECRET is not set: use `arenapulse up`"
    redis = connect(settings.redis_url)
    return Runtime(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        redis=redis,
        cache=Cache(redis),
        keyring=Keyring(settings.secret),
        limiter=RateLimiter(enabled=settings.rate_limits),
    )


def make_sign_in(runtime: Runtime, *, access: Access) -> SignIn:
    return SignIn(
        database=runtime.database,
        hashes=PasswordHashes(),
        access_tokens=access.tokens,
        refresh_tokens=RefreshTokens(runtime.keyring),
        attempts=Attempts(runtime.redis, enabled=runtime.settings.rate_limits),
        desk=Desk(news=access, cache=runtime.cache),
    )


def routers() -> list[APIRouter]:
    return [
        *identity_routes.routers,
        venue_routes.router,
        event_routes.router,
        order_routes.router,
        payment_routes.router,
        payment_webhooks.router,
        realtime_routes.router,
    ]


def sandbox_routers(settings: Settings) -> list[APIRouter]:
    """What only twins answer."""
    return [payment_routes.sandbox_router] if settings.stripe_secret_key is None else []


def make_gateway(runtime: Runtime) -> Gateway:
    assert runtime.settings.stripe_secret_key is None, "the adapter of Stripe is not built yet"
    return SandboxStripe(runtime.database)


def webhook_secrets(runtime: Runtime) -> tuple[str, ...]:
    """Comma-separated while one replaces another; derived where none is given."""
    given = (runtime.settings.stripe_webhook_secret or "").split(",")
    known = tuple(secret.strip() for secret in given if secret.strip())
    return known or (f"whsec_{runtime.keyring.derive('stripe webhooks').hex()}",)


def job_registries(runtime: Runtime, *, gateway: Gateway, news: SaleNews) -> list[Registry]:
    """The tasks, reactions and loops of every slice."""
    database = runtime.database
    return [
        housekeeping(database),
        order_tasks.registry(database, news=news),
        order_reactions.registry(database, news=news),
        payment_tasks.registry(
            database,
            till=Till(database, gateway=gateway, news=news),
            refunds=Refunds(database, gateway=gateway, news=news),
            webhook_secrets=webhook_secrets(runtime),
        ),
        payment_reactions.registry(database, news=news),
    ]


def make_jobs(runtime: Runtime, *, gateway: Gateway, news: SaleNews) -> Jobs:
    registries = job_registries(runtime, gateway=gateway, news=news)
    return attach(runtime.database, registry=Registry.of(registries))


def make_sockets(settings: Settings) -> SocketServer:
    limits = SocketSettings(
        stock=settings.stock_socket_path,
        allowed_origins=frozenset(settings.cors_origin_list),
        trusted_proxies=settings.trusted_proxy_addresses,
    )
    if not settings.rate_limits:
        limits = replace(
            limits,
            connections_per_address_max=limits.connections_max,
            handshakes_per_second=UNLIMITED,
            handshakes_burst=UNLIMITED,
        )
    server = make_server(settings=limits)
    show(server.counters)
    return server


class Told:
    """The parts of real time in every process: what commits is told to all."""

    def __init__(self, runtime: Runtime, *, salebook: Salebook) -> None:
        self.streams = Streams(runtime.redis)
        self.seats = SeatStreams(runtime.redis)
        self.frames = SeatFrames(runtime.database, seats=self.seats, salebook=salebook)
        self.newsroom = Newsroom(runtime.database, streams=self.streams, seating=self.frames)


class Live:
    """The parts of real time in a process that has sockets."""

    def __init__(self, runtime: Runtime, *, access: Access, told: Told, salebook: Salebook) -> None:
        streams = told.streams
        self.sockets = make_sockets(runtime.settings)
        self.snapshots = Snapshots(
            runtime.database, access=access, streams=streams, salebook=salebook
        )
        self._broadcast = Broadcast(
            runtime.redis,
            server=self.sockets,
            streams=streams,
            seats=told.seats,
            newsroom=told.newsroom,
            seating=told.frames,
        )
        self._rooms = Rooms(
            self.sockets,
            access=access,
            broadcast=self._broadcast,
            snapshots=self.snapshots,
            streams=streams,
            seating=told.frames,
            rights=Rights(access=access, salebook=salebook),
        )

    async def start(self) -> None:
        await self._broadcast.start()
        await self._rooms.start()

    async def stop(self) -> None:
        await self._rooms.stop()
        await self._broadcast.stop()
        await self.sockets.stop()


class Shop:
    """The parts of selling in a process that answers: orders, seat maps, offers."""

    def __init__(
        self, runtime: Runtime, *, access: Access, told: Told, salebook: Salebook, jobs: Jobs
    ) -> None:
        news = told.newsroom
        self.batcher = Batcher(
            runtime.database,
            news=news,
            queue_max=runtime.settings.batch_queue_max,
            wake=jobs.waker.wake,
        )
        # For variety, not for secrets: which of the best seats somebody is offered.
        desk = SeatDesk(runtime.database, chance=random.Random())  # noqa: S311
        place_orders = order_hot.PlaceOrders(
            runtime,
            access=access,
            seating=Seating(runtime.database, batcher=self.batcher, desk=desk, news=news),
            salebook=salebook,
            card_tokens=order_hot.SANDBOX_TOKENS,
        )
        seat_maps = event_hot.SeatMaps(
            runtime, access=access, salebook=salebook, desk=desk, positions=told.frames
        )
        self.hot_routes = [order_hot.route(place_orders), *event_hot.routes(seat_maps)]


def make_app(settings: Settings) -> Site:
    runtime = make_runtime(settings)
    gateway = make_gateway(runtime)
    salebook = Salebook(runtime.database)
    told = Told(runtime, salebook=salebook)
    news = told.newsroom
    jobs = make_jobs(runtime, gateway=gateway, news=news)
    access = Access(database=runtime.database, keyring=runtime.keyring, redis=runtime.redis)
    sign_in = make_sign_in(runtime, access=access)
    records = PersonalRecords(news=news)
    people = People(
        database=runtime.database,
        desk=sign_in.desk,
        sign_in=sign_in,
        erasables=(records,),
        exporters=(records,),
    )
    live = Live(runtime, access=access, told=told, salebook=salebook)
    shop = Shop(runtime, access=access, told=told, salebook=salebook, jobs=jobs)

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        await runtime.database.open()
        await access.start()
        await live.start()
        try:
            yield
        finally:
            await shop.batcher.close()
            await live.stop()
            await news.close()
            await access.stop()
            sign_in.close()
            await jobs.close()
            await runtime.database.close()
            await runtime.redis.aclose()

    availability = realtime_hot.ReadAvailability(access=access, snapshots=live.snapshots)
    edge = build(
        runtime,
        routers=[*routers(), *sandbox_routers(settings)],
        hot_routes=[*shop.hot_routes, realtime_hot.route(availability)],
        lifespan=lifespan,
        state={
            "access": access,
            "sign_in": sign_in,
            "people": people,
            "sale_news": news,
            "gateway": gateway,
            "stripe_webhook_secrets": webhook_secrets(runtime),
            "event_news": news,
        },
    )
    return Site(edge, sockets=live.sockets)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Runtime, None]:
    """What a program that runs once and tells nobody needs to call services: the seed."""
    runtime = make_runtime(settings)
    jobs = make_jobs(runtime, gateway=make_gateway(runtime), news=Unheard())
    try:
        await runtime.database.open()
        yield runtime
    finally:
        await jobs.close()
        await runtime.database.close()
        await runtime.redis.aclose()


QUEUE_CONNECTIONS = 3


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncGenerator[Worker, None]:
    """The worker of one process with everything open; the caller runs it."""
    runtime = make_runtime(settings)
    news = Told(runtime, salebook=Salebook(runtime.database)).newsroom
    jobs = make_jobs(runtime, gateway=make_gateway(runtime), news=news)
    queue_database = Database(
        runtime.database.url, pool_size=QUEUE_CONNECTIONS, application="arenapulse-queue"
    )
    parts = WorkerParts(
        jobs=jobs,
        database=runtime.database,
        queue_database=queue_database,
        options=QueueOptions(),
    )
    try:
        await runtime.database.open()
        await queue_database.open()
        yield Worker(parts)
    finally:
        await news.close()
        await jobs.close()
        await queue_database.close()
        await runtime.database.close()
        await runtime.redis.aclose()
