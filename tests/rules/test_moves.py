"""The moves of orders, payments, tickets, charges and refunds, written out a second time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from enum import StrEnum

import pytest

from arenapulse.core.moves import Moves, listed, sources
from arenapulse.orders.lifecycle import IN_FLIGHT, ORDER_MOVES, PAYMENT_MOVES, TICKET_MOVES
from arenapulse.orders.schemas import OrderStatus, PaymentStatus, TicketStatus
from arenapulse.payments.lifecycle import CHARGE_MOVES, REFUND_MOVES
from arenapulse.payments.terms import ChargeStatus, RefundStatus

TABLES: dict[type[StrEnum], tuple[Moves, set[str]]] = {
    OrderStatus: (
        ORDER_MOVES,
        {
            "PENDING CONFIRMED",
            "PENDING CANCELLED",
            "PENDING EXPIRED",
            "CONFIRMED CANCELLED",
            "CONFIRMED PARTIALLY_REFUNDED",
            "CONFIRMED REFUNDED",
            "PARTIALLY_REFUNDED PARTIALLY_REFUNDED",
            "PARTIALLY_REFUNDED REFUNDED",
            "REFUNDED REFUNDED",
        },
    ),
    PaymentStatus: (
        PAYMENT_MOVES,
        {
            "PENDING PROCESSING",
            "PENDING SUCCEEDED",
            "PENDING FAILED",
            "PROCESSING REQUIRES_ACTION",
            "PROCESSING RETRYING",
            "PROCESSING SUCCEEDED",
            "PROCESSING FAILED",
            "REQUIRES_ACTION REQUIRES_ACTION",
            "REQUIRES_ACTION SUCCEEDED",
            "REQUIRES_ACTION FAILED",
            "RETRYING REQUIRES_ACTION",
            "RETRYING RETRYING",
            "RETRYING SUCCEEDED",
            "RETRYING FAILED",
            "FAILED PROCESSING",
            "SUCCEEDED REFUNDED",
            "SUCCEEDED DISPUTED",
            "DISPUTED SUCCEEDED",
            "DISPUTED REFUNDED",
            "REFUNDED REFUNDED",
        },
    ),
    TicketStatus: (
        TICKET_MOVES,
        {
            "RESERVED VALID",
            "RESERVED VOID",
            "VALID CHECKED_IN",
            "VALID TRANSFERRED",
            "VALID VOID",
            "CHECKED_IN VOID",
        },
    ),
    ChargeStatus: (
        CHARGE_MOVES,
        {
            "DUE PROCESSING",
            "PROCESSING REQUIRES_ACTION",
            "PROCESSING CAPTURING",
            "PROCESSING CANCELLING",
            "PROCESSING DECLINED",
            "PROCESSING CANCELLED",
            "REQUIRES_ACTION CAPTURING",
            "REQUIRES_ACTION CANCELLING",
            "REQUIRES_ACTION DECLINED",
            "REQUIRES_ACTION CANCELLED",
            "CAPTURING SUCCEEDED",
            "CAPTURING OWED",
            "CANCELLING CANCELLED",
        },
    ),
    RefundStatus: (REFUND_MOVES, {"PENDING SUCCEEDED", "PENDING FAILED"}),
}


def _pairs() -> Iterator[tuple[StrEnum, StrEnum]]:
    for kind in TABLES:
        yield from itertools.product(kind, kind)


@pytest.mark.parametrize(("before", "after"), list(_pairs()))
def test_every_pair_of_statuses(before: StrEnum, after: StrEnum) -> None:
    moves, legal = TABLES[type(before)]
    assert (after in moves[before]) == (f"{before} {after}" in legal)
    assert (before in sources(moves, to=after)) == (f"{before} {after}" in legal)


def test_whatever_is_in_flight_may_end_either_way() -> None:
    assert sources(PAYMENT_MOVES, to=PaymentStatus.FAILED) >= IN_FLIGHT
    assert sources(PAYMENT_MOVES, to=PaymentStatus.SUCCEEDED) >= IN_FLIGHT


def test_a_list_for_sql_has_one_order() -> None:
    assert listed(IN_FLIGHT) == "'PROCESSING', 'REQUIRES_ACTION', 'RETRYING'"
