"""What the database lets move is what the tables of moves let: pair by pair."""

from __future__ import annotations

from enum import StrEnum

import asyncpg
import pytest

from arenapulse.core.moves import Moves
from arenapulse.orders.lifecycle import IN_FLIGHT, ORDER_MOVES, PAYMENT_MOVES, TICKET_MOVES
from arenapulse.payments.lifecycle import CHARGE_MOVES, REFUND_MOVES

TABLES: dict[str, Moves] = {
    "order_status": ORDER_MOVES,
    "payment_status": PAYMENT_MOVES,
    "ticket_status": TICKET_MOVES,
    "charge_status": CHARGE_MOVES,
    "refund_status": REFUND_MOVES,
}


def _legal(moves: Moves) -> set[tuple[str, str]]:
    return {(before.value, after.value) for before in moves for after in moves[before]}


@pytest.mark.parametrize("kind", TABLES)
async def test_may_move_says_what_the_table_says(db: asyncpg.Connection, kind: str) -> None:
    rows = await db.fetch(
        f"SELECT b::TEXT AS before, a::TEXT AS after, may_move(b, a) AS may"
        f" FROM unnest(enum_range(NULL::{kind})) b, unnest(enum_range(NULL::{kind})) a"
    )
    statuses: set[StrEnum] = set(TABLES[kind])
    assert {row["before"] for row in rows} == {status.value for status in statuses}
    assert {row["may"] for row in rows} == {True, False}
    assert {(r["before"], r["after"]) for r in rows if r["may"]} == _legal(TABLES[kind])


async def test_in_flight_is_the_same_in_both(db: asyncpg.Connection) -> None:
    found = await db.fetch(
        "SELECT p::TEXT AS payment FROM unnest(enum_range(NULL::payment_status)) p"
        " WHERE in_flight(p)"
    )
    assert {row["payment"] for row in found} == {status.value for status in IN_FLIGHT}


async def test_the_questions_are_planned_into_the_statements(db: asyncpg.Connection) -> None:
    # Not called a row: a function that is not inlined costs microseconds each.
    lines = await db.fetch(
        "EXPLAIN (COSTS OFF) SELECT 1 FROM orders WHERE may_move(status, 'CONFIRMED')"
        " AND NOT in_flight(payment_status)"
    )
    plan = "\n".join(line[0] for line in lines)
    assert "may_move" not in plan
    assert "in_flight" not in plan
