"""The table of moves, written out a second time as the contract has it."""

from __future__ import annotations

import itertools

import pytest

from arenapulse.events.lifecycle import MOVES, sources
from arenapulse.events.terms import EventStatus as S

LEGAL = {
    (S.DRAFT, S.SCHEDULED),
    (S.DRAFT, S.CANCELLED),
    (S.SCHEDULED, S.ON_SALE),
    (S.SCHEDULED, S.LIVE),
    (S.SCHEDULED, S.POSTPONED),
    (S.SCHEDULED, S.CANCELLED),
    (S.ON_SALE, S.PAUSED),
    (S.ON_SALE, S.LIVE),
    (S.ON_SALE, S.POSTPONED),
    (S.ON_SALE, S.CANCELLED),
    (S.SOLD_OUT, S.PAUSED),
    (S.SOLD_OUT, S.LIVE),
    (S.SOLD_OUT, S.POSTPONED),
    (S.SOLD_OUT, S.CANCELLED),
    (S.PAUSED, S.ON_SALE),
    (S.PAUSED, S.LIVE),
    (S.PAUSED, S.POSTPONED),
    (S.PAUSED, S.CANCELLED),
    (S.LIVE, S.COMPLETED),
    (S.LIVE, S.POSTPONED),
    (S.LIVE, S.CANCELLED),
    (S.POSTPONED, S.SCHEDULED),
    (S.POSTPONED, S.CANCELLED),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_every_pair_of_statuses(before: S, after: S) -> None:
    assert (after in MOVES[before]) == ((before, after) in LEGAL)
    assert (before in sources(after)) == ((before, after) in LEGAL)


def test_nobody_sells_out_or_drafts_by_hand() -> None:
    assert sources(S.SOLD_OUT) == frozenset()
    assert sources(S.DRAFT) == frozenset()
