"""Ids are version 7 UUIDs in the order of their making, and an order's id numbers its tickets."""

from __future__ import annotations

from uuid import RFC_4122

import pytest

from arenapulse.core import clock, ids


def test_an_id_is_a_version_7_uuid_of_now() -> None:
    before = clock.unix_milliseconds()
    made = ids.new_id()
    after = clock.unix_milliseconds()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_are_all_different() -> None:
    assert len({ids.new_id() for _ in range(10_000)}) == 10_000


def test_an_order_id_leaves_room_for_the_numbers_of_its_tickets() -> None:
    order = ids.new_order_id()
    assert order.int & 0xFFF == 0
    assert (order.version, order.variant) == (7, RFC_4122)


def test_a_ticket_id_is_its_orders_id_and_its_number() -> None:
    order = ids.new_order_id()
    first, last = (ids.ticket_id(order, number=n) for n in (1, ids.TICKETS_PER_ORDER_LIMIT))
    assert str(first)[:-3] == str(order)[:-3]
    assert (str(first)[-3:], str(last)[-3:]) == ("001", "fff")
    assert order < first < last


@pytest.mark.parametrize("number", [0, ids.TICKETS_PER_ORDER_LIMIT + 1])
def test_a_number_that_does_not_fit_is_a_bug(number: int) -> None:
    with pytest.raises(AssertionError):
        ids.ticket_id(ids.new_order_id(), number=number)
