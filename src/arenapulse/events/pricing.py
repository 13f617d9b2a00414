"""Pricing tiers: what a ticket of a section costs at a price level, in minor units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from arenapulse.core.errors import Detail
from arenapulse.core.ids import SectionId
from arenapulse.core.names import key
from arenapulse.events.terms import PRICES_MAX


class PricingTier(msgspec.Struct, frozen=True, rename="camel"):
    """One price level in some sections; its JSON is `PricingTier` of the API."""

    price_level: str
    name: str
    section_ids: tuple[SectionId, ...]
    amount: int
    fee: int
    currency: str


class Price(msgspec.Struct, frozen=True):
    section_id: SectionId
    price_level: str
    amount: int
    fee: int


def prices(tiers: Iterable[PricingTier]) -> list[Price]:
    """One price for each section and level, as a sale looks them up."""
    return [
        Price(section_id, tier.price_level, tier.amount, tier.fee)
        for tier in tiers
        for section_id in tier.section_ids
    ]


def price_from(tiers: Iterable[PricingTier]) -> int | None:
    """The lowest amount with its fee, None without prices."""
    return min((tier.amount + tier.fee for tier in tiers), default=None)


def problems(tiers: Sequence[PricingTier], *, section_ids: Collection[SectionId]) -> list[Detail]:
    """What is wrong with these tiers in a chart of these sections, as `{field, message}`."""
    found: list[Detail] = []
    if len({tier.currency for tier in tiers}) > 1:
        found.append(_problem("pricingTiers", "an event has one currency"))
    if sum(len(tier.section_ids) for tier in tiers) > PRICES_MAX:
        found.append(_problem("pricingTiers", f"name more than {PRICES_MAX} prices"))
        return found
    taken: set[tuple[SectionId, str]] = set()
    spelled: dict[str, str] = {}
    for number, tier in enumerate(tiers):
        if spelled.setdefault(key(tier.price_level), tier.price_level) != tier.price_level:
            other = spelled[key(tier.price_level)]
            where = f"pricingTiers.{number}.priceLevel"
            found.append(_problem(where, f"is the level {other}: spell it so"))
        field = f"pricingTiers.{number}.sectionIds"
        for section_id in tier.section_ids:
            if section_id not in section_ids:
                found.append(_problem(field, f"the venue has no section {section_id}"))
            elif (section_id, tier.price_level) in taken:
                found.append(_problem(field, f"{section_id} has two prices at this level"))
            taken.add((section_id, tier.price_level))
    return found


def _problem(field: str, message: str) -> Detail:
    return {"field": field, "message": message}
