"""Which moves orders, their payments and their tickets may make; `may_move.sql` says it again.

Beside its move each function has a condition of its own (a hold that ran out, a payment in
flight); none moves what the table does not let it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from arenapulse.core.moves import Moves
from arenapulse.orders.terms import OrderStatus, PaymentStatus, TicketStatus

_O = OrderStatus
_P = PaymentStatus
_T = TicketStatus

ORDER_MOVES: Final[Moves[OrderStatus]] = MappingProxyType(
    {
        _O.PENDING: frozenset({_O.CONFIRMED, _O.CANCELLED, _O.EXPIRED}),
        _O.CONFIRMED: frozenset({_O.CANCELLED, _O.PARTIALLY_REFUNDED, _O.REFUNDED}),
        _O.PARTIALLY_REFUNDED: frozenset({_O.PARTIALLY_REFUNDED, _O.REFUNDED}),
        # Again: an event that is off takes the tickets that money alone had left.
        _O.REFUNDED: frozenset({_O.REFUNDED}),
        _O.CANCELLED: frozenset(),
        _O.EXPIRED: frozenset(),
        _O.FAILED: frozenset(),
    }
)
PAYMENT_MOVES: Final[Moves[PaymentStatus]] = MappingProxyType(
    {
        _P.PENDING: frozenset({_P.PROCESSING, _P.SUCCEEDED, _P.FAILED}),
        _P.PROCESSING: frozenset({_P.REQUIRES_ACTION, _P.RETRYING, _P.SUCCEEDED, _P.FAILED}),
        _P.REQUIRES_ACTION: frozenset({_P.REQUIRES_ACTION, _P.SUCCEEDED, _P.FAILED}),
        # The same card again: a decline of the kind that passes.
        _P.RETRYING: frozenset({_P.REQUIRES_ACTION, _P.RETRYING, _P.SUCCEEDED, _P.FAILED}),
        # Another card.
        _P.FAILED: frozenset({_P.PROCESSING}),
        _P.SUCCEEDED: frozenset({_P.REFUNDED, _P.DISPUTED}),
        _P.REFUNDED: frozenset({_P.REFUNDED}),
        _P.NOT_REQUIRED: frozenset(),
        _P.DISPUTED: frozenset({_P.SUCCEEDED, _P.REFUNDED}),
    }
)
TICKET_MOVES: Final[Moves[TicketStatus]] = MappingProxyType(
    {
        _T.RESERVED: frozenset({_T.VALID, _T.VOID}),
        _T.VALID: frozenset({_T.CHECKED_IN, _T.TRANSFERRED, _T.VOID}),
        _T.CHECKED_IN: frozenset({_T.VOID}),
        _T.TRANSFERRED: frozenset(),
        _T.VOID: frozenset(),
    }
)
# While one of these lives, nobody takes the places and the hold does not run out.
IN_FLIGHT: Final = frozenset({_P.PROCESSING, _P.REQUIRES_ACTION, _P.RETRYING})
