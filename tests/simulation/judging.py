"""What a step came to, beside what was foretold of it."""

from __future__ import annotations

from typing import Final

from arenapulse.core.errors import Invalid, Refusal
from arenapulse.orders.batcher import Placed
from arenapulse.orders.schemas import OrderResponse
from tests.simulation.deeds import Outcome
from tests.simulation.house import is_away
from tests.simulation.oracle import Bill
from tests.simulation.plan import Wish

# What the vendor moved of what was paid by one card, and what the ledger says is there.
MONEY_DIFFERS: Final = """
SELECT i.id, coalesce(m.moved, 0) AS moved, coalesce(l.kept, 0) AS kept
FROM (SELECT coalesce(s.season_id, i.order_id) AS id, array_agg(i.id) AS ids FROM sandbox_intents i
  LEFT JOIN season_orders s ON s.order_id = i.order_id GROUP BY 1) i
LEFT JOIN LATERAL (SELECT sum(amount) AS moved FROM sandbox_movements
  WHERE intent_id = ANY (i.ids)) m ON TRUE
LEFT JOIN (SELECT coalesce(s.season_id, l.order_id) AS id, sum(l.amount) AS kept
  FROM ledger_entries l LEFT JOIN season_orders s ON s.order_id = l.order_id
  WHERE l.account = 'processor' GROUP BY 1) l ON l.id = i.id
WHERE coalesce(m.moved, 0) <> coalesce(l.kept, 0)
"""


def compare(foretold: type[Refusal] | bool, outcome: Outcome) -> None:
    if foretold is True:
        assert not is_away(outcome), "the database is away, and nobody cut it off"
        return
    found = type(outcome) if isinstance(outcome, Refusal) else False
    assert found == foretold, f"foretold {foretold}, came {outcome!r}"


def judge(wish: Wish, expected: Bill | type[Refusal], outcome: Outcome) -> None:
    if isinstance(expected, Bill):
        assert isinstance(outcome, Placed), f"wish {wish.number} must be placed: {outcome!r}"
        order = outcome.order
        found = Bill(order.subtotal, order.fees, order.discount, order.tax)
        assert found == expected, f"wish {wish.number} must cost {expected}, not {found}"
        assert order.total == expected.total
        assert len(order.tickets) == sum(line.quantity for line in wish.lines)
    else:
        assert type(outcome) is expected, f"wish {wish.number}: {expected} expected, {outcome!r}"


def brief(outcome: Outcome) -> str:
    if isinstance(outcome, list):
        return ", ".join(map(brief, outcome)) or "nobody asks again"
    if isinstance(outcome, Placed):
        return "again" if outcome.is_replay else f"{outcome.order.status} {outcome.order.total}"
    if isinstance(outcome, OrderResponse):
        return f"{outcome.status}, payment {outcome.payment_status}"
    if isinstance(outcome, Refusal):
        name = type(outcome).__name__
        return f"{name} {outcome.details}" if isinstance(outcome, Invalid) else name
    return "done" if outcome is None or not isinstance(outcome, int) else str(outcome)
