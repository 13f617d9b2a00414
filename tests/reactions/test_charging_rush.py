"""While orders come in a rush their payments take turns, and all of them are made."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from arenapulse.core import clock
from arenapulse.core.ids import first_id_of
from arenapulse.orders import service as orders
from arenapulse.orders.news import Unheard
from arenapulse.orders.queries import RUSH_ORDERS_A_SECOND
from arenapulse.payments.service import Charging, charging
from arenapulse.payments.service.charging import (
    BUSY_GATHER_SECONDS,
    RUSH_GATHER_SECONDS,
    RUSH_TAKEN_MAX,
    SHY_SPARE_SHARE,
)
from arenapulse.runtime.jobs import PACE_SPARE_SHARE, Pace, courtesy
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from tests.conftest import TestEngines, settings_for
from tests.paying import VISA, charges, hold
from tests.reactions.refund_shop import Shop, open_shop

WAITING = (
    "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'payments.charge_due' AND status = 'queued'"
)
# Of a time that has not come, so that they count however slow this machine is.
ALIKE = """
INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object(
    'id', ('fffffff0-0000-7000-8000-' || lpad(n::TEXT, 9, '0') || '000')::UUID,
    'idempotency_key', NULL))).*
  FROM (SELECT o FROM orders o LIMIT 1) x(o), generate_series($1::INTEGER, $2::INTEGER) n
"""


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def come_in_a_rush(shop: Shop) -> bool:
    async with shop.database.transaction() as session:
        return await orders.come_in_a_rush(session)


async def test_a_rush_is_so_many_orders_in_a_second(shop: Shop) -> None:
    await hold(shop.client, shop.fan, shop.world)
    # Those of before do not count, whoever is slow here.
    long_ago = first_id_of(clock.unix_milliseconds() - 3_600_000)
    await shop.db.execute("DELETE FROM tickets")
    await shop.db.execute("UPDATE orders SET id = $1", long_ago)
    assert not await come_in_a_rush(shop)
    await shop.db.execute(ALIKE, 1, RUSH_ORDERS_A_SECOND - 1)
    assert not await come_in_a_rush(shop)
    await shop.db.execute(ALIKE, RUSH_ORDERS_A_SECOND, RUSH_ORDERS_A_SECOND)
    assert await come_in_a_rush(shop)


async def test_in_a_rush_few_are_taken_at_a_time_and_all_are_paid(shop: Shop) -> None:
    kind = Charging(gateway=shop.gateway, news=Unheard())
    most = kind.room(mine=0)
    placed = [await hold(shop.client, shop.fan, shop.world, token=VISA) for _ in range(3)]
    await shop.db.execute(ALIKE, 1, RUSH_ORDERS_A_SECOND)
    await DueRunner(shop.database, works=[DueWork(kind=kind)]).drain()
    assert kind.room(mine=0) == RUSH_TAKEN_MAX < most
    assert kind.room(mine=RUSH_TAKEN_MAX - 1) == 0
    for order in placed:
        assert await charges(shop.db, order["orderId"]) == [(1, "SUCCEEDED")]


@pytest.mark.parametrize(
    ("idle", "shy_seconds", "gather_seconds", "spare_share"),
    [
        (74, 60.0, BUSY_GATHER_SECONDS, SHY_SPARE_SHARE),
        (75, 60.0, RUSH_GATHER_SECONDS, SHY_SPARE_SHARE),
        # A rush that lasts.
        (50, 0.0, RUSH_GATHER_SECONDS, PACE_SPARE_SHARE),
        (49, 0.0, BUSY_GATHER_SECONDS, PACE_SPARE_SHARE),
    ],
)
async def test_places_are_locked_seldom_while_the_machine_has_nothing_to_spare(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    idle: int,
    shy_seconds: float,
    gather_seconds: float,
    spare_share: float,
) -> None:
    monkeypatch.setattr(charging, "SHY_SECONDS", shy_seconds)
    monkeypatch.setattr(courtesy, "LOOK_SECONDS", 0.0)
    ticks = ((idle * n, 100 * n) for n in itertools.count())
    pace = Pace(per_second=1.0, ticks=lambda: next(ticks))
    kind = Charging(gateway=shop.gateway, news=Unheard(), pace=pace)
    assert kind.gather_seconds == kind.limits.gather_seconds
    order = await hold(shop.client, shop.fan, shop.world, token=VISA)
    await shop.db.execute(ALIKE, 1, RUSH_ORDERS_A_SECOND)
    await DueRunner(shop.database, works=[DueWork(kind=kind)]).drain()
    assert (kind.gather_seconds, pace.spare_share) == (gather_seconds, spare_share)
    assert await charges(shop.db, order["orderId"]) == [(1, "SUCCEEDED")]


async def test_a_wake_up_that_waits_is_enough_for_all(shop: Shop) -> None:
    for _ in range(3):
        await hold(shop.client, shop.fan, shop.world, token=VISA)
    assert await shop.db.fetchval(WAITING) == 1
    await shop.db.execute("UPDATE pgqueuer SET status = 'picked'")
    await hold(shop.client, shop.fan, shop.world, token=VISA)
    assert await shop.db.fetchval(WAITING) == 1


@pytest.mark.parametrize(
    ("waited", "taken_by", "expected"),
    [
        ("0 s", None, 1),
        ("2 s", None, 0),
        # The worker that has it may be through with it before ours is there.
        ("2 s", uuid4(), 1),
        ("1 min", None, 1),
    ],
)
async def test_nobody_is_called_while_others_of_the_organization_wait(
    shop: Shop, waited: str, taken_by: UUID | None, expected: int
) -> None:
    await hold(shop.client, shop.fan, shop.world, token=VISA)
    await shop.db.execute("DELETE FROM pgqueuer")
    await shop.db.execute(
        "UPDATE charges SET due_at = due_at - $1::TEXT::INTERVAL, taken_by = $2", waited, taken_by
    )
    await hold(shop.client, shop.fan, shop.world, token=VISA)
    assert await shop.db.fetchval(WAITING) == expected


async def test_others_who_wait_at_another_organization_are_no_reason(shop: Shop) -> None:
    await hold(shop.client, shop.fan, shop.world, token=VISA)
    await shop.db.execute("DELETE FROM pgqueuer")
    await shop.db.execute(
        "UPDATE charges SET due_at = due_at - interval '2 s', organization_id = gen_random_uuid()"
    )
    await hold(shop.client, shop.fan, shop.world, token=VISA)
    assert await shop.db.fetchval(WAITING) == 1
