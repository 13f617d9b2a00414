"""The inlet: additively up, halved down, never more than asked, no swinging."""

from __future__ import annotations

import itertools

import pytest

from arenapulse.waitingroom.inlet import Inlet, Seen, let_in, shared_out, steered

ASKED = 6_000


def seen(p95_ms: float | None, *, pool_use: float = 0.2, payment_errors: float = 0.0) -> Seen:
    return Seen(p95_ms, pool_use, payment_errors)


def run(inlet: Inlet, *readings: Seen) -> list[Inlet]:
    made: list[Inlet] = []
    for reading in readings:
        inlet = steered(inlet, seen=reading, asked=ASKED, seconds=1.0)
        inlet, _ = let_in(inlet, waiting=10**6, lately=0, asked=ASKED, room=None)
        made.append(inlet)
    return made


CALM = run(Inlet(rate=ASKED), *[seen(40.0)] * 60)[-1]


def test_a_doubled_p95_halves_the_inlet_within_three_seconds() -> None:
    assert CALM.rate == ASKED
    rates = [inlet.rate for inlet in run(CALM, *[seen(80.0)] * 3)]
    assert rates == [ASKED / 2] * 3, "halved at once, and its effect awaited"


def test_a_load_that_stays_halves_it_again_and_never_shuts_it() -> None:
    rates = [inlet.rate for inlet in run(CALM, *[seen(300.0)] * 60)]
    assert rates[3] == ASKED / 4
    assert rates[-1] == ASKED / 64


def test_it_climbs_back_step_by_step_and_does_not_swing() -> None:
    low = run(CALM, *[seen(300.0)] * 9)[-1]
    rates = [inlet.rate for inlet in run(low, *[seen(42.0)] * 70)]
    assert rates == sorted(rates)
    assert rates[-1] == ASKED
    assert max(b - a for a, b in itertools.pairwise(rates)) <= ASKED / 60 + 1e-6


def test_a_load_that_follows_the_inlet_settles() -> None:
    """A shop whose p95 grows with those inside: after a while the rate moves little."""
    inlet, inside, rates = CALM, float(ASKED), []
    for _ in range(600):
        inside += (inlet.rate - inside) * 0.3
        p95_ms = 40.0 * (1 + max(0.0, inside - ASKED * 0.5) / (ASKED * 0.4))
        inlet = steered(inlet, seen=seen(p95_ms), asked=ASKED, seconds=1.0)
        inlet, _ = let_in(inlet, waiting=10**6, lately=0, asked=ASKED, room=None)
        rates.append(inlet.rate)
    settled = rates[300:]
    assert min(settled) > 0.4 * ASKED
    assert max(settled) / min(settled) < 2.2
    halvings = sum(b < 0.6 * a for a, b in itertools.pairwise(settled))
    assert halvings <= 6, "not more than one in fifty seconds"


@pytest.mark.parametrize(
    "strain",
    [seen(40.0, pool_use=0.95), seen(40.0, payment_errors=0.5), seen(None, pool_use=0.95)],
)
def test_a_full_pool_and_failing_payments_are_strain_too(strain: Seen) -> None:
    assert run(CALM, strain)[-1].rate == ASKED / 2


def test_a_shop_without_orders_is_calm() -> None:
    assert run(CALM, *[seen(None)] * 5)[-1].rate == ASKED


def test_what_is_usual_does_not_grow_under_strain() -> None:
    assert run(CALM, *[seen(400.0)] * 100)[-1].calm_p95 == CALM.calm_p95


def test_no_more_go_in_than_wait_fit_and_were_asked_for() -> None:
    full = Inlet(rate=ASKED, credit=100.0)
    assert let_in(full, waiting=7, lately=0, asked=ASKED, room=None)[1] == 7
    assert let_in(full, waiting=500, lately=0, asked=ASKED, room=3)[1] == 3
    assert let_in(full, waiting=500, lately=0, asked=ASKED, room=-4)[1] == 0
    assert let_in(full, waiting=500, lately=ASKED - 2, asked=ASKED, room=None)[1] == 2
    assert let_in(full, waiting=7, lately=0, asked=ASKED, room=None)[0].credit == 1.0


def test_a_worker_that_was_away_does_not_let_in_what_it_missed() -> None:
    away = steered(CALM, seen=seen(40.0), asked=ASKED, seconds=600.0)
    assert away.credit <= CALM.credit + ASKED / 30 + 1e-6


def test_lanes_share_by_their_shares_and_leave_nothing_unused() -> None:
    assert shared_out(10, waiting=[100, 100], shares=[50, 50]) == [5, 5]
    assert shared_out(10, waiting=[100, 100], shares=[80, 20]) == [8, 2]
    assert shared_out(10, waiting=[100, 3], shares=[50, 50]) == [7, 3]
    assert shared_out(10, waiting=[2, 3], shares=[50, 50]) == [2, 3]
    assert shared_out(1, waiting=[5, 5], shares=[80, 20]) == [1, 0]
    assert shared_out(3, waiting=[0, 9], shares=[100, 0]) == [0, 3]
    assert shared_out(0, waiting=[5], shares=[100]) == [0]
