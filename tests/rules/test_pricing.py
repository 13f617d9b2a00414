"""Tiers: one price for a section and level, one currency."""

from __future__ import annotations

from uuid import UUID

from arenapulse.core.ids import SectionId
from arenapulse.events.pricing import Price, PricingTier, price_from, prices, problems

NORTH, SOUTH, ELSEWHERE = (SectionId(UUID(int=n)) for n in (1, 2, 3))


def tier(
    level: str, *section_ids: SectionId, amount: int = 1000, fee: int = 0, currency: str = "EUR"
) -> PricingTier:
    return PricingTier(level, level.title(), section_ids, amount, fee, currency)


def test_each_section_of_a_tier_has_its_price() -> None:
    made = prices([tier("FULL", NORTH, SOUTH, amount=4500, fee=250)])
    assert made == [Price(NORTH, "FULL", 4500, 250), Price(SOUTH, "FULL", 4500, 250)]


def test_the_lowest_price_counts_its_fee() -> None:
    dear_fee = tier("CHILD", NORTH, amount=900, fee=500)
    assert price_from([dear_fee, tier("FULL", NORTH, amount=1200, fee=100)]) == 1300
    assert price_from([]) is None


def test_tiers_that_fit_have_no_problems() -> None:
    good = [tier("FULL", NORTH, SOUTH), tier("CHILD", NORTH)]
    assert problems(good, section_ids={NORTH, SOUTH}) == []


def test_two_currencies_are_refused() -> None:
    mixed = [tier("FULL", NORTH), tier("CHILD", NORTH, currency="CHF")]
    assert [p["field"] for p in problems(mixed, section_ids={NORTH})] == ["pricingTiers"]


def test_a_section_twice_at_a_level_and_an_unknown_one_are_named() -> None:
    found = problems(
        [tier("FULL", NORTH), tier("FULL", NORTH), tier("CHILD", ELSEWHERE)], section_ids={NORTH}
    )
    assert [p["field"] for p in found] == [
        "pricingTiers.1.sectionIds",
        "pricingTiers.2.sectionIds",
    ]
