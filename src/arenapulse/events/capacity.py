"""What an event sells of its chart: its capacity config, turned into stock."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from arenapulse.core.errors import Detail
from arenapulse.core.ids import SectionId
from arenapulse.events.terms import HOLD_SECONDS_DEFAULT, TICKETS_PER_ORDER_DEFAULT
from arenapulse.inventory.schemas import SectionStock
from arenapulse.venues.seatmap import Chart, Section, index_of
from arenapulse.venues.terms import SectionKind

PROBLEMS_MAX = 50


class SeatName(msgspec.Struct, frozen=True, omit_defaults=True):
    """A seat that is not for sale; `reason` is the organizer's note."""

    row: str
    seat: int
    reason: str | None = None


class SectionPlan(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`blocked` is a count in a GENERAL section, a list of seats in a SEATED one."""

    capacity: int | None = None
    blocked: int | tuple[SeatName, ...] | None = None


class WaitingRoom(msgspec.Struct, frozen=True, rename="camel"):
    enabled: bool
    admit_per_minute: int


class CapacityConfig(msgspec.Struct, frozen=True, rename="camel"):
    """Its JSON is `capacityConfig` of the API. Sections it leaves out are sold whole."""

    sections: dict[SectionId, SectionPlan] = {}
    max_tickets_per_order: int = TICKETS_PER_ORDER_DEFAULT
    hold_seconds: int = HOLD_SECONDS_DEFAULT
    max_tickets_per_person: int | None = None
    waiting_room: WaitingRoom | None = None


def stock_of(chart: Chart, *, config: CapacityConfig) -> list[SectionStock]:
    """What is for sale of each section; `config` must have no `problems`."""
    whole = SectionPlan()
    return [
        _stock(section, plan=config.sections.get(section.id, whole)) for section in chart.sections
    ]


def _stock(section: Section, *, plan: SectionPlan) -> SectionStock:
    capacity = section.capacity if plan.capacity is None else plan.capacity
    if section.kind is SectionKind.GENERAL:
        blocked = plan.blocked or 0
        assert isinstance(blocked, int)
        return SectionStock(section.id, capacity, blocked=blocked)
    names = plan.blocked or ()
    assert not isinstance(names, int)
    indices = frozenset(_index(section, name) for name in names)
    return SectionStock(
        section.id,
        capacity,
        blocked=len(indices),
        seats=section.seats,
        blocked_seats=indices,
    )


def _index(section: Section, name: SeatName) -> int:
    found = index_of(section, row=name.row, seat=name.seat)
    assert found is not None, name
    return found


def problems(chart: Chart, *, config: CapacityConfig) -> list[Detail]:
    """What is wrong with a config in this chart, as `{field, message}`; empty if nothing is."""
    found: list[Detail] = []
    for section_id, plan in config.sections.items():
        at = f"capacityConfig.sections.{section_id}"
        section = chart.by_id.get(section_id)
        if section is None:
            found.append(_problem(at, "the venue has no such section"))
        elif section.kind is SectionKind.GENERAL:
            found.extend(_general_problems(section, plan=plan, at=at))
        else:
            found.extend(_seated_problems(section, plan=plan, at=at))
    return found[:PROBLEMS_MAX]


def _general_problems(section: Section, *, plan: SectionPlan, at: str) -> Iterable[Detail]:
    capacity = section.capacity if plan.capacity is None else plan.capacity
    if capacity > section.capacity:
        yield _problem(f"{at}.capacity", f"the section holds {section.capacity}")
    if plan.blocked is not None and not isinstance(plan.blocked, int):
        yield _problem(f"{at}.blocked", "is a count in a GENERAL section")
    elif (plan.blocked or 0) > capacity:
        yield _problem(f"{at}.blocked", f"is more than the capacity, {capacity}")


def _seated_problems(section: Section, *, plan: SectionPlan, at: str) -> Iterable[Detail]:
    if plan.capacity not in (None, section.capacity):
        yield _problem(f"{at}.capacity", "of a SEATED section are its seats: block some instead")
    if isinstance(plan.blocked, int):
        yield _problem(f"{at}.blocked", "is a list of seats in a SEATED section")
        return
    names = plan.blocked or ()
    taken: set[int] = set()
    for name in names:
        index = index_of(section, row=name.row, seat=name.seat)
        if index is None:
            yield _problem(f"{at}.blocked", f"there is no seat {name.seat} in row {name.row}")
        elif index in taken:
            yield _problem(f"{at}.blocked", "names a seat twice")
        else:
            taken.add(index)


def _problem(field: str, message: str) -> Detail:
    return {"field": field, "message": message}
