"""Which moves charges and refunds may make; `may_move.sql` says it again."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from arenapulse.core.moves import Moves
from arenapulse.payments.terms import ChargeStatus, RefundStatus

_C = ChargeStatus
_R = RefundStatus

CHARGE_MOVES: Final[Moves[ChargeStatus]] = MappingProxyType(
    {
        _C.DUE: frozenset({_C.PROCESSING}),
        _C.PROCESSING: frozenset(
            {_C.REQUIRES_ACTION, _C.CAPTURING, _C.CANCELLING, _C.DECLINED, _C.CANCELLED}
        ),
        _C.REQUIRES_ACTION: frozenset({_C.CAPTURING, _C.CANCELLING, _C.DECLINED, _C.CANCELLED}),
        _C.CAPTURING: frozenset({_C.SUCCEEDED, _C.OWED}),
        _C.CANCELLING: frozenset({_C.CANCELLED}),
        _C.SUCCEEDED: frozenset(),
        _C.OWED: frozenset(),
        _C.DECLINED: frozenset(),
        _C.CANCELLED: frozenset(),
    }
)
REFUND_MOVES: Final[Moves[RefundStatus]] = MappingProxyType(
    {
        _R.PENDING: frozenset({_R.SUCCEEDED, _R.FAILED}),
        _R.SUCCEEDED: frozenset(),
        _R.FAILED: frozenset(),
    }
)
