"""What happens is recorded with what made it true, and read by whoever reacts as it was written."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest

from arenapulse.core.ids import EventId, OrderId, SessionId, UserId, new_id, new_order_id
from arenapulse.events import service as events
from arenapulse.events.facts import EventStatusChanged, EventWritten
from arenapulse.events.news import Unheard as EventsUnheard
from arenapulse.events.schemas import EventBody, EventPatch
from arenapulse.events.terms import EventStatus
from arenapulse.identity.errors import EmailTaken
from arenapulse.identity.facts import PersonRegistered, SessionOpened
from arenapulse.identity.schemas import Actor, LoginBody, RegisterBody
from arenapulse.identity.service.sign_in import Client
from arenapulse.orders import service as orders
from arenapulse.orders.batcher import Batcher, Placed
from arenapulse.orders.errors import CapacityExceeded
from arenapulse.orders.facts import OrdersMoved, OrdersPlaced, PlacedBatch, TicketsChanged
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import BARE_HOLD, PlaceOrder, PlannedLine
from arenapulse.orders.schemas import LastError
from arenapulse.orders.terms import SPREAD_TASK, OrderStatus
from arenapulse.runtime.jobs import Registry
from arenapulse.venues import service as venues
from arenapulse.venues.facts import VenueDeleted, VenueWritten
from arenapulse.venues.schemas import VenueBody, VenuePatch
from arenapulse.wiring.identity import make_access, make_sign_in
from tests.conftest import TestEngines
from tests.reactions.ears import Room, ears, room_of
from tests.worlds import LOCATION, Place, World, make_fans, make_world

FACTS = (
    *(PersonRegistered, SessionOpened, VenueWritten, VenueDeleted),
    *(EventWritten, EventStatusChanged, OrdersPlaced, OrdersMoved, TicketsChanged),
)


@pytest.fixture
async def room(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Room]:
    async with room_of(fresh_database_url, engines, ears(*FACTS)) as made:
        yield made


@pytest.fixture
async def deaf_room(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Room]:
    """A process in which nobody reacts to anything."""
    async with room_of(fresh_database_url, engines, Registry()) as made:
        yield made


def _admin() -> Actor:
    now = dt.datetime.now(dt.UTC)
    return Actor(
        user_id=UserId(uuid4()),
        session_id=SessionId(uuid4()),
        platform_roles=frozenset({"ADMIN"}),
        signed_in_at=now,
        expires_at=now + dt.timedelta(minutes=15),
    )


async def test_people_and_their_sessions(room: Room) -> None:
    access = make_access(room.runtime)
    sign_in = make_sign_in(room.runtime, access=access)
    client = Client(address="192.0.2.1", user_agent="test")
    body = RegisterBody.model_validate(
        {"email": "ada@arena.test", "password": "a long walk north", "fullName": "Ada"}
    )
    pair = await sign_in.register(body, client=client)
    with pytest.raises(EmailTaken):
        await sign_in.register(body, client=client)
    login = LoginBody(email="ada@arena.test", password="a long walk north")
    await sign_in.login(login, client=client)
    (registered,) = await room.heard(PersonRegistered)
    assert registered.user_id == pair.user_id
    first, second = await room.heard(SessionOpened)
    assert (first.user_id, first.is_first) == (pair.user_id, True)
    assert (second.user_id, second.is_first) == (pair.user_id, False)
    rows = await room.db.fetch("SELECT id FROM sessions ORDER BY created_at")
    assert [first.session_id, second.session_id] == [row["id"] for row in rows]
    assert await room.count() == 0
    sign_in.close()
    await access.stop()


async def test_venues(room: Room) -> None:
    world = await make_world(room.db, room.settings)
    cache, actor = room.runtime.cache, _admin()
    section = {"name": "North", "kind": "GENERAL", "capacity": 100}
    body = VenueBody.model_validate(
        {
            "organizationId": str(world.organization_id),
            "name": "Ground",
            "location": LOCATION,
            "sections": [section],
        }
    )
    async with room.runtime.database.transaction() as session:
        made = await venues.create(session, actor=actor, body=body)
    async with room.runtime.database.transaction() as session:
        patch = VenuePatch.model_validate({"name": "Park", "sections": [section]})
        changed = await venues.change(
            session, actor=actor, venue_id=made.id, patch=patch, version=1, cache=cache
        )
    async with room.runtime.database.transaction() as session:
        await venues.delete(session, actor=actor, venue_id=made.id, version=2, cache=cache)
    new, old = await room.heard(VenueWritten)
    assert (new.venue_id, new.organization_id) == (made.id, world.organization_id)
    assert (new.chart_id, new.version, new.is_new) == (made.chart_id, 1, True)
    assert (old.chart_id, old.version, old.is_new) == (changed.chart_id, 2, False)
    (gone,) = await room.heard(VenueDeleted)
    assert (gone.venue_id, gone.organization_id) == (made.id, world.organization_id)
    assert await room.count() == 0


async def test_events(room: Room) -> None:
    world = await make_world(room.db, room.settings)
    database, actor, news = room.runtime.database, _admin(), EventsUnheard()
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    body = EventBody.model_validate(
        {
            "organizationId": str(world.organization_id),
            "venueId": str(world.venue_id),
            "name": "Final",
            "startTime": start,
            "endTime": start + dt.timedelta(hours=2),
            "pricingTiers": [],
        }
    )
    async with database.transaction() as session:
        made = await events.create(session, actor=actor, body=body)
    event_id = EventId(made.id)
    async with database.transaction() as session:
        patch = EventPatch.model_validate({"name": "Semi-final"})
        await events.change(
            session, actor=actor, event_id=event_id, patch=patch, version=1, news=news
        )
    async with database.transaction() as session:
        await events.set_status(
            session, actor=actor, event_id=event_id, target=EventStatus.SCHEDULED, news=news
        )
    new, old = await room.heard(EventWritten)
    assert (new.event_id, new.organization_id) == (made.id, world.organization_id)
    assert (new.venue_id, new.status, new.version) == (world.venue_id, "DRAFT", 1)
    assert (new.is_new, old.is_new, old.version) == (True, False, 2)
    (moved,) = await room.heard(EventStatusChanged)
    assert (moved.before, moved.after, moved.version) == ("DRAFT", "SCHEDULED", 3)
    assert await room.count() == 0


async def test_a_batch_is_one_fact_with_each_order_that_was_sold(room: Room) -> None:
    world = await make_world(room.db, room.settings, sections=(Place(4), Place(9, amount=0, fee=0)))
    fans = await make_fans(room.db, world, 3)
    woken: list[int] = []
    batcher = Batcher(
        room.runtime.database, news=Unheard(), queue_max=10, wake=lambda: woken.append(1)
    )
    answers = await asyncio.gather(
        batcher.place(wish(world, fans[0].user_id, quantity=3)),
        batcher.place(wish(world, fans[1].user_id, quantity=3)),
        batcher.place(wish(world, fans[2].user_id, quantity=2, section=1)),
        return_exceptions=True,
    )
    await batcher.close()
    assert isinstance(answers[1], CapacityExceeded)
    (fact,) = await room.heard(OrdersPlaced)
    sold = answers[2].order  # type: ignore[union-attr]
    (free,) = fact.orders
    assert (free.order_id, fact.at) == (sold.order_id, sold.created_at)
    assert (free.event_id, free.organization_id) == (world.event_id, world.organization_id)
    assert (free.status, free.payment_status, free.currency) == ("CONFIRMED", "NOT_REQUIRED", "EUR")
    assert (free.payment_method, free.user_id, free.places) == ("card", fans[2].user_id, 2)
    assert woken == [1]
    assert await room.count() == 0


async def test_what_a_batch_sold_is_one_row_until_a_worker_spreads_it(
    fresh_database_url: str, engines: TestEngines
) -> None:
    """However many react; spread twice, as after a kill -9, it is the same fact twice."""
    listening = ears(OrdersPlaced)
    given: list[PlacedBatch] = []

    @listening.task_many(SPREAD_TASK, of=PlacedBatch)
    async def spread(batches: Sequence[PlacedBatch]) -> None:
        given.extend(batches)

    assert spread
    async with room_of(fresh_database_url, engines, listening) as room:
        world = await make_world(room.db, room.settings, sections=(Place(9, amount=0, fee=0),))
        fans = await make_fans(room.db, world, 2)
        batcher = Batcher(room.runtime.database, news=Unheard(), queue_max=10)
        placed: list[Placed] = await asyncio.gather(
            *(batcher.place(wish(world, fan.user_id, quantity=2)) for fan in fans)
        )
        await batcher.close()
        assert await room.heard(OrdersPlaced) == []
        (row,) = await room.db.fetch("DELETE FROM pgqueuer RETURNING entrypoint, payload")
        assert row["entrypoint"] == SPREAD_TASK
        await listening.entries[SPREAD_TASK].run(row["payload"])
        # What became of them since is another fact.
        await room.db.execute("UPDATE orders SET status = 'REFUNDED'")
        for _ in range(2):
            async with room.runtime.database.transaction() as session:
                await orders.spread(session, given)
        one, other = await room.heard(OrdersPlaced)
    assert one == other
    assert [order.order_id for order in one.orders] == [each.order.order_id for each in placed]
    assert {order.status for order in one.orders} == {OrderStatus.CONFIRMED}
    assert [order.places for order in one.orders] == [2, 2]
    assert one.at == placed[0].order.created_at


async def test_small_batches_are_told_together_each_order_with_its_time(room: Room) -> None:
    world = await make_world(room.db, room.settings, sections=(Place(9, amount=0, fee=0),))
    fans = await make_fans(room.db, world, 2)
    batches: list[PlacedBatch] = []
    for fan in fans:
        batcher = Batcher(room.runtime.database, news=Unheard(), queue_max=10)
        order = (await batcher.place(wish(world, fan.user_id, quantity=2))).order
        await batcher.close()
        ids, places = (OrderId(order.order_id),), (2,)
        batches.append(
            PlacedBatch(fact_id=new_id(), at=order.created_at, orders=ids, places=places)
        )
    await room.db.execute("DELETE FROM pgqueuer")
    async with room.runtime.database.transaction() as session:
        await orders.spread(session, batches)
    (fact,) = await room.heard(OrdersPlaced)
    assert fact.fact_id == batches[0].fact_id
    told = [(order.order_id, order.places, order.at) for order in fact.orders]
    assert told == [(*each.orders, *each.places, each.at) for each in batches]


async def test_a_batch_that_sells_nothing_is_no_fact(room: Room) -> None:
    world = await make_world(room.db, room.settings, sections=(Place(1),))
    (fan,) = await make_fans(room.db, world, 1)
    woken: list[int] = []
    batcher = Batcher(
        room.runtime.database, news=Unheard(), queue_max=10, wake=lambda: woken.append(1)
    )
    with pytest.raises(CapacityExceeded):
        await batcher.place(wish(world, fan.user_id, quantity=2))
    # A hold is no news for those who react.
    await batcher.place(wish(world, fan.user_id))
    await batcher.close()
    assert await room.count() == 0
    assert woken == []


async def test_what_becomes_of_an_order(room: Room) -> None:
    world = await make_world(room.db, room.settings, sections=(Place(9),))
    (fan,) = await make_fans(room.db, world, 1)
    database, news, now = room.runtime.database, Unheard(), dt.datetime.now(dt.UTC)
    batcher = Batcher(database, news=news, queue_max=10)
    order_id = (await batcher.place(wish(world, fan.user_id, quantity=3))).order.order_id
    await batcher.close()

    async def pay() -> None:
        async with database.transaction() as session:
            await orders.start_payment(
                session, user_id=UserId(fan.user_id), order_id=order_id, now=now, news=news
            )

    await pay()
    declined = LastError(code="PAY001", message="No.", decline_code="insufficient_funds")
    async with database.transaction() as session:
        await orders.payments_declined(session, errors={order_id: declined}, now=now, news=news)
    await pay()
    async with database.transaction() as session:
        await orders.payments_require_action(session, secrets={order_id: "s"}, news=news)
    async with database.transaction() as session:
        await orders.confirm_paid(session, order_ids=[order_id], now=now, news=news)
    async with database.transaction() as session:
        await orders.give_back(
            session, order_id=order_id, numbers=[1, 3], is_all=False, now=now, news=news
        )
    moved = [each for fact in await room.heard(OrdersMoved) for each in fact.orders]
    assert [(m.before, m.after, m.payment_status, m.code) for m in moved] == [
        ("PENDING", "PENDING", "PROCESSING", None),
        ("PENDING", "PENDING", "FAILED", "insufficient_funds"),
        ("PENDING", "PENDING", "PROCESSING", None),
        ("PENDING", "PENDING", "REQUIRES_ACTION", None),
        ("PENDING", "CONFIRMED", "SUCCEEDED", None),
        ("CONFIRMED", "PARTIALLY_REFUNDED", "SUCCEEDED", None),
    ]
    whose = {(m.order_id, m.event_id, m.organization_id, m.user_id) for m in moved}
    assert whose == {(order_id, world.event_id, world.organization_id, fan.user_id)}
    changed = [each for fact in await room.heard(TicketsChanged) for each in fact.tickets]
    assert [(t.numbers, t.status) for t in changed] == [((1, 2, 3), "VALID"), ((1, 3), "VOID")]
    assert {(t.order_id, t.event_id, t.organization_id, t.user_id) for t in changed} == whose


async def test_a_sweep_is_one_fact(room: Room) -> None:
    world = await make_world(room.db, room.settings, sections=(Place(9), Place(9)))
    fans = await make_fans(room.db, world, 3)
    batcher = Batcher(room.runtime.database, news=Unheard(), queue_max=10)
    for n, fan in enumerate(fans):
        await batcher.place(wish(world, fan.user_id, section=n % 2))
    await batcher.close()
    now = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    assert await orders.reclaim(room.runtime.database, news=Unheard(), now=now) == 3
    (fact,) = await room.heard(OrdersMoved)
    assert {(m.user_id, m.before, m.after, m.payment_status) for m in fact.orders} == {
        (fan.user_id, "PENDING", "EXPIRED", "FAILED") for fan in fans
    }
    assert fact.at == now
    (tickets,) = await room.heard(TicketsChanged)
    assert [(t.numbers, t.status) for t in tickets.tickets] == [((1,), "VOID")] * 3
    # Again: nothing moves, nothing is told.
    assert await orders.reclaim(room.runtime.database, news=Unheard(), now=now) == 0
    assert await room.count() == 0


async def test_what_is_rolled_back_did_not_happen(room: Room) -> None:
    world = await make_world(room.db, room.settings)
    (fan,) = await make_fans(room.db, world, 1)
    batcher = Batcher(room.runtime.database, news=Unheard(), queue_max=10)
    order_id = (await batcher.place(wish(world, fan.user_id))).order.order_id
    await batcher.close()
    now = dt.datetime.now(dt.UTC)

    async def confirm_and_fall() -> None:
        async with room.runtime.database.transaction() as session:
            await orders.confirm_paid(session, order_ids=[order_id], now=now, news=Unheard())
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await confirm_and_fall()
    assert await room.count() == 0


async def test_where_nobody_reacts_nothing_is_written(deaf_room: Room) -> None:
    world = await make_world(deaf_room.db, deaf_room.settings)
    (fan,) = await make_fans(deaf_room.db, world, 1)
    woken: list[int] = []
    database = deaf_room.runtime.database
    batcher = Batcher(database, news=Unheard(), queue_max=10, wake=lambda: woken.append(1))
    order_id = (await batcher.place(wish(world, fan.user_id))).order.order_id
    await batcher.close()
    async with database.transaction() as session:
        now = dt.datetime.now(dt.UTC)
        assert await orders.confirm_paid(session, order_ids=[order_id], now=now, news=Unheard())
    assert woken == []
    assert await deaf_room.count() == 0


def wish(world: World, user_id: UUID, *, quantity: int = 1, section: int = 0) -> PlaceOrder:
    return PlaceOrder(
        order_id=new_order_id(),
        event_id=EventId(world.event_id),
        user_id=UserId(user_id),
        lines=(PlannedLine(world.section_ids[section], "STANDARD", quantity),),
        pay=BARE_HOLD,
        token=None,
        key=None,
        request_hash=0,
    )
