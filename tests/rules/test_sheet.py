"""The capacity sheet: what the page says is what the command computes, and it is enough."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from bench.capacity import GOAL_MS, KINDS, Load, euros, longest_wait_ms, pods

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "capacity.md"
CROWD = Load(100_000, 300.0)


def worst(load: Load, count: dict[str, int]) -> float:
    return max(longest_wait_ms(load, count, chance=random.Random(1)).values())


def test_the_page_has_what_the_command_computes() -> None:
    text = PAGE.read_text()
    count = pods(CROWD)
    for kind in KINDS:
        (found,) = re.findall(rf"^\| {kind.name}[^|]*\| (\d+) \| (\d+) \|$", text, re.MULTILINE)
        assert found == (str(count[kind.name]), f"{count[kind.name] * kind.euros:.0f}")
    assert f"| all | {sum(count.values())} | about {round(euros(count), -2):,.0f} |" in text


def test_the_stack_for_aws_is_what_the_sheet_counts() -> None:
    aws = Path(__file__).parents[2] / "deploy" / "aws"
    data, ground = (aws / "data.py").read_text(), (aws / "ground.py").read_text()
    # 16 GB and 500 GB in two zones; nothing that no line of the sheet has.
    for words in (
        "InstanceClass.R7G, ec2.InstanceSize.LARGE)",
        "allocated_storage=500",
        "multi_az",
    ):
        assert words in data
    # A cluster for searches, for who asks for one, is in no line either.
    assert 'get_context("search")) == "on"' in data
    assert "nat_gateways=2" in ground


@pytest.mark.parametrize(
    "load", [CROWD, Load(10_000, 50.0), Load(1_000_000, 3_000.0), Load(100_000, 9_000.0)]
)
def test_what_the_sheet_counts_is_enough_and_half_of_it_is_not(load: Load) -> None:
    count = pods(load)
    assert worst(load, count) < GOAL_MS
    for name in ("api", "realtime", "worker"):
        assert worst(load, count | {name: count[name] // 2}) > GOAL_MS, name


def test_a_second_database_is_counted_from_where_one_is_planned_full() -> None:
    assert [pods(Load(100_000, orders))["PostgreSQL"] for orders in (4_200, 4_201)] == [1, 2]
