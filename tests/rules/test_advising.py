"""Which gate lags, where its people are sent, and when a zone is full."""

from __future__ import annotations

from arenapulse.gates.queries import Pace
from arenapulse.gates.schemas import GateAdvice, GateRule
from arenapulse.gates.service.advising import advice, zone_count

ALL = GateRule(["*"])


def pace(gate: str, per_minute: int, *, peak: int = 30) -> Pace:
    return Pace(gate=gate, admitted=500, per_minute=per_minute, peak=peak)


def test_a_gate_far_below_its_best_and_the_others_is_slow_and_the_idlest_takes_its_people() -> None:
    found = advice(
        [pace("A", 8), pace("B", 30), pace("C", 24)], gates={"A": ALL, "B": ALL, "C": ALL}
    )
    assert found == [GateAdvice("A", "SLOW", "C")]


def test_a_gate_that_let_many_in_and_now_nobody_has_stopped() -> None:
    assert advice([pace("A", 0), pace("B", 28)], gates={}) == [GateAdvice("A", "STOPPED", "B")]


def test_nothing_is_said_where_all_are_calm_or_none_lags() -> None:
    assert advice([pace("A", 2), pace("B", 3)], gates={}) == []
    assert advice([pace("A", 28), pace("B", 30)], gates={}) == []
    # It never did more: that is its pace, not a fault of this minute.
    assert advice([pace("A", 7, peak=8), pace("B", 40, peak=45)], gates={}) == []


def test_people_are_sent_only_where_all_of_them_may_go_in_and_there_is_room() -> None:
    lagging = [pace("A", 5), pace("B", 30), pace("C", 30)]
    east, west = GateRule(["e"]), GateRule(["w"])
    both = GateRule(["e", "w"], "Hall")
    gates = {"A": east, "B": west, "C": both}
    assert advice(lagging, gates=gates) == [GateAdvice("A", "SLOW", "C")]
    assert advice(lagging, gates=gates, full=frozenset({"Hall"})) == [GateAdvice("A", "SLOW")]
    # Who may go in anywhere is not sent to a gate for some.
    assert advice(lagging, gates=gates | {"A": ALL}) == [GateAdvice("A", "SLOW")]


def test_a_zone_says_when_it_is_nearly_full_and_when_it_is() -> None:
    said = [zone_count(name="Hall", inside=inside, capacity=10).alarm for inside in (8, 9, 10, 11)]
    assert said == [None, "NEAR", "FULL", "FULL"]
    assert zone_count(name="Hall", inside=10, capacity=None).alarm is None
