"""The product as the simulation runs it: real services on a real PostgreSQL, a clock of its own."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar
from unittest import mock
from uuid import uuid4

import asyncpg
import msgspec

from arenapulse.core import facts
from arenapulse.core.errors import Refusal, Unavailable
from arenapulse.core.ids import EventId, SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.events.facts import EventStatusChanged
from arenapulse.events.news import Unheard as UnheardEvents
from arenapulse.identity.schemas import Actor
from arenapulse.orders import service as orders
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard
from arenapulse.payments import service as payments
from arenapulse.payments import signature
from arenapulse.payments.service import Charging, Giving
from arenapulse.runtime.db import CONNECTION_ERRORS, SERVICE, Session, as_unavailable
from arenapulse.runtime.engines import Engines, postgres
from arenapulse.runtime.engines.folder import claimed
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from arenapulse.wiring import make_core, make_jobs, make_runtime
from tests.conftest import SHARED_LOCK, UNSYNCED, TestEngines, cloned_database, settings_for
from tests.paying import PromptCharging
from tests.simulation.oracle import Names
from tests.simulation.plan import PERSONS, Deliver, Drain, Show
from tests.twins import TwinGateway
from tests.worlds import Fan, World, make_fans, make_world, repeat_world

T = TypeVar("T")

NEWS: Final = Unheard()
EVENT_NEWS: Final = UnheardEvents()
TABLES: Final = (
    *(
        "due_workers",
        "pgqueuer",
        "pgqueuer_log",
        "webhook_inbox",
        "sandbox_refunds",
        "sandbox_disputes",
        "sandbox_warnings",
        "sandbox_movements",
        "sandbox_intents",
        "sandbox_idempotency",
    ),
    *(
        "ledger_entries",
        "disputes",
        "refund_tickets",
        "refunds",
        "charges",
        "tickets",
        "orders",
        "person_places",
        "promo_people",
        "promo_codes",
    ),
    *("ticket_transfers", "messages", "season_orders", "season_offers"),
    *("checkins", "presences", "gate_counts", "gate_beats", "gate_changes", "event_gates"),
    *("stock", "tier_prices", "events"),
)
_APPLICATION: Final = "arenapulse"


@dataclass(frozen=True)
class Power:
    """Where PostgreSQL runs; `engines` are there where it is ours alone and may be killed."""

    url: str
    engines: Engines | None = None

    def cut(self) -> bool:
        """Ends PostgreSQL at once and starts it again; False where it is somebody else's."""
        if self.engines is None:
            return False
        os.kill(self.engines.pids()["postgres"], signal.SIGKILL)
        deadline = time.monotonic() + 30
        with mock.patch.dict(postgres.SETTINGS, UNSYNCED):
            while "postgres" not in self.engines.tend():
                assert time.monotonic() < deadline
                time.sleep(0.01)
        # Its patience with engines that keep dying is not for us.
        self.engines._deaths = 0
        return True


@contextlib.contextmanager
def own_power() -> Iterator[Power]:
    """A PostgreSQL for the simulation alone, or the one of DATABASE_URL."""
    given = Settings()
    if given.database_url is not None:
        yield Power(given.database_url)
        return
    with TemporaryDirectory(prefix="arenapulse-simulation-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        # Valkey has no part in it.
        settings = given.model_copy(update={"data_folder": folder / "data", "redis_url": "none"})
        with contextlib.ExitStack() as stack:
            data = stack.enter_context(claimed(settings.data_folder))
            # While it starts alone: engines that others start in this process wait for their disk.
            with mock.patch.dict(postgres.SETTINGS, UNSYNCED):
                engines = stack.enter_context(Engines(settings, folder=data))
            yield Power(engines.urls.database_url, engines)


@contextlib.asynccontextmanager
async def own_database(power: Power, *, mutation: str | None = None) -> AsyncIterator[Power]:
    """A migrated database of one's own; `mutation` is SQL that breaks something in it."""
    engines = TestEngines(power.url, "", power.url, is_given=power.engines is None)
    async with cloned_database(engines, lock=SHARED_LOCK) as url:
        if mutation is not None:
            await _execute(url, mutation)
        yield dataclasses.replace(power, url=url)


async def _execute(url: str, sql: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(sql)
    finally:
        await db.close()


def actor_of(person: Fan) -> Actor:
    now = dt.datetime.now(dt.UTC)
    return Actor(
        user_id=UserId(person.user_id),
        session_id=SessionId(uuid4()),
        platform_roles=frozenset(),
        signed_in_at=now,
        expires_at=now + dt.timedelta(days=1),
    )


class House:
    """Everything of the product that a simulated world needs; `open` first, `close` last."""

    eyes: asyncpg.Connection
    worlds: list[World]
    fans: list[Fan]
    owner: Actor
    names: Names

    def __init__(self, power: Power) -> None:
        self.power = power
        self.time = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self._settings = settings_for(power.url, "redis://127.0.0.1:1/0")
        self.runtime = make_runtime(self._settings, actor=SERVICE)
        self.database = self.runtime.database
        self.gateway = TwinGateway(self.database)
        self._bank = self.gateway.connected()
        self._jobs = make_jobs(make_core(self.runtime, news=NEWS))
        self._secrets = ("whsec_simulation",)
        self.desks = [self._desk(), self._desk()]
        self.workers = [self._worker(), self._worker()]

    def now(self) -> dt.datetime:
        return self.time

    def _desk(self) -> Batcher:
        return Batcher(self.database, news=NEWS, queue_max=1_000, now=self.now)

    def _worker(self) -> DueRunner:
        kinds = (
            PromptCharging(gateway=self.gateway, news=NEWS, now=self.now),
            Giving(gateway=self.gateway, news=NEWS, now=self.now),
        )
        works = [DueWork(kind=kind) for kind in kinds]
        return DueRunner(self.database, works=works, now=self.now)

    async def open(self, shows: Sequence[Show], *, is_series: bool = False) -> None:
        await self.database.open()
        await self._bank.__aenter__()
        self.eyes = await asyncpg.connect(self.power.url)
        # Children first. TRUNCATE would take longer than the whole world.
        await self.eyes.execute(
            "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_is_for_ever; "
            + "; ".join(f"DELETE FROM {table}" for table in TABLES)
            + "; ALTER TABLE ledger_entries ENABLE TRIGGER ledger_is_for_ever"
        )
        self.worlds = []
        for show in shows:
            when = dt.timedelta(seconds=show.starts_in_seconds)
            if is_series and self.worlds:
                made = await repeat_world(
                    self.eyes, self.worlds[0], config=show.config, starts_in=when
                )
            else:
                made = await make_world(
                    self.eyes,
                    self._settings,
                    sections=show.places,
                    config=show.config,
                    tax_rate=show.tax_rate,
                    starts_in=when,
                )
            self.worlds.append(made)
        self.fans = await make_fans(self.eyes, self.worlds[0], PERSONS)
        (owner,) = await make_fans(self.eyes, self.worlds[0], 1)
        for world in self.worlds:
            await self.eyes.execute(
                "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'OWNER')"
                " ON CONFLICT DO NOTHING",
                *(world.organization_id, owner.user_id),
            )
            await self._promos(world)
        self.owner = actor_of(owner)
        self.names = Names(
            tuple(world.event_id for world in self.worlds),
            tuple(world.section_ids for world in self.worlds),
            tuple(fan.user_id for fan in self.fans),
        )

    async def _promos(self, world: World) -> None:
        await self.eyes.executemany(
            "INSERT INTO promo_codes (id, event_id, code, kind, value, max_uses, max_per_person,"
            " unlocks) VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)",
            [
                (world.event_id, "TENTH", "PERCENT", 10, 3, None, []),
                (world.event_id, "FIVER", "AMOUNT", 500, None, 1, []),
                (world.event_id, "SECRET", "PERCENT", 100, 4, 2, ["VIP"]),
            ],
        )

    async def close(self) -> None:
        for desk in self.desks:
            await desk.close()
        await self._bank.__aexit__(None, None, None)
        await self.eyes.close()
        await self._jobs.close()
        await self.database.close()
        await self.runtime.redis.aclose()

    async def attempt(self, work: Awaitable[T]) -> T | Refusal:
        """What it gives, or the refusal; a database that is away is `Unavailable`, as over HTTP."""
        try:
            return await work
        except Refusal as refusal:
            return refusal
        except Exception as error:
            away = as_unavailable(error)
            if away is None:
                raise
            return away

    async def crash(self) -> None:
        """The process ends and another starts: nothing in memory and no connection survives.

        Seconds pass, so that the others do not take it for alive any more.
        """
        if not await _answers(self.eyes):
            self.eyes.terminate()
            self.eyes = await asyncpg.connect(self.power.url)
        await self.end_connections()
        # What the vendor was at it ends, though nobody hears the answer.
        while self.gateway.running:  # noqa: ASYNC110 - the subject itself
            await asyncio.sleep(0.001)
        await self.eyes.execute("DELETE FROM due_workers")
        for desk in self.desks:
            await desk.close()
        self.desks = [self._desk(), self._desk()]
        self.workers = [self._worker(), self._worker()]
        await self.database.engine.dispose()
        await self.database.pool.expire_connections()

    async def end_connections(self, *, waiting_only: bool = False) -> int:
        """Ends what the product has open; how many."""
        waits = "AND wait_event_type = 'Lock'" if waiting_only else ""
        # In a transaction the view would stay as it was at the first look.
        await self.eyes.execute("SELECT pg_stat_clear_snapshot()")
        ended = await self.eyes.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            f"current_database() AND application_name = '{_APPLICATION}' {waits}"
        )
        return len(ended)

    async def drain(self, step: Drain) -> None:
        faults = self.gateway.faults
        faults.away.update(step.away)
        faults.lost_answers.update(step.lost)
        work = asyncio.gather(
            *(self.attempt(worker.drain()) for worker in self.workers[: step.tills]),
            return_exceptions=step.cut_after_us is not None,
        )
        if step.cut_after_us is not None:
            await asyncio.sleep(step.cut_after_us / 1e6)
            await self.end_connections()
        await work
        faults.away.clear()
        faults.lost_answers.clear()
        if step.cut_after_us is not None:
            await self.crash()

    async def deliver(self, step: Deliver) -> int:
        """Runs the jobs that wait: webhooks of the twin, what events bring about; how many."""
        rows = await self.database.pool.fetch(
            "DELETE FROM pgqueuer RETURNING id, entrypoint, payload"
        )
        jobs = [(row["entrypoint"], row["payload"]) for row in sorted(rows, key=lambda r: r["id"])]
        dice = random.Random(step.shuffle)
        dice.shuffle(jobs)
        for name, payload in jobs:
            if step.lost and name.startswith("payments.") and dice.random() < 0.5:
                continue
            for _ in range(2 if step.twice else 1):
                await self._work(name, payload)
        return len(jobs)

    async def _work(self, name: str, payload: bytes) -> None:
        if name == "payments.deliver_sandbox_event":
            for event in msgspec.json.decode(payload)["events"]:
                await self._receive(msgspec.json.encode(event))
        elif name == "payments.apply_event":
            event_id = msgspec.json.decode(payload)["event_id"]
            await payments.apply_event(
                self.database, event_id=event_id, gateway=self.gateway, now=self.time, news=NEWS
            )
        elif name == "payments.hear_of_intents":
            ids = msgspec.json.decode(payload)["event_ids"]
            if await payments.hear_of_intents(self.database, event_ids=ids, now=self.time):
                await self.workers[0].drain(Charging.name)
        elif name == "orders.give_back_cancelled_event":
            fact: Any = facts.decode(payload, kind=EventStatusChanged)
            if fact.after == "CANCELLED":
                await orders.cancel_unpaid(
                    self.database, event_id=EventId(fact.event_id), now=self.time, news=NEWS
                )
        elif name == "payments.refund_cancelled_event":
            fact = facts.decode(payload, kind=EventStatusChanged)
            if fact.after == "CANCELLED":
                await payments.refund_event(
                    self.database, event_id=EventId(fact.event_id), now=self.time, news=NEWS
                )

    async def tell_disputes_again(self) -> None:
        """The vendor tells for three days what nobody took."""
        for row in await self.eyes.fetch("SELECT id FROM sandbox_disputes ORDER BY created_at"):
            event = {
                "id": f"evt_{uuid4().hex}",
                "type": "charge.dispute.updated",
                "data": {"object": {"id": row["id"]}},
            }
            await self._receive(msgspec.json.encode(event))

    async def _receive(self, payload: bytes) -> None:
        at = int(self.time.timestamp())
        header = signature.sign(payload, secret=self._secrets[0], at_unix=at)

        async def work(session: Session) -> None:
            letter = payments.Letter(payload, header)
            await payments.receive_events(
                session, letters=[letter], secrets=self._secrets, now=self.time
            )

        await self.within(work)

    async def within(self, work: Any) -> Any:
        """Runs `work(session)` in a transaction of its own, as a request does."""
        async with self.database.transaction() as session:
            return await work(session)


def is_away(outcome: object) -> bool:
    return isinstance(outcome, Unavailable)


async def _answers(db: asyncpg.Connection) -> bool:
    try:
        await db.fetchval("SELECT 1")
    except CONNECTION_ERRORS:
        return False
    return True
