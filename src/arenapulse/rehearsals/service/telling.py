"""What was seen at a rehearsal, and the report of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from arenapulse.core.ids import SectionId
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.orders.schemas import OrderResponse
from arenapulse.orders.terms import OrderStatus
from arenapulse.rehearsals.schemas import Moment, Refused, Report, SectionOutcome
from arenapulse.venues.seatmap import Chart


@dataclass
class _Second:
    waiting: int = 0
    joined: int = 0
    admitted: int = 0
    orders: int = 0
    tickets: int = 0
    times: list[float] = field(default_factory=list[float])


@dataclass
class Notes:
    """Kept while it is played; what comes before the start counts to the first second."""

    moments: list[_Second] = field(default_factory=lambda: [_Second()])
    join_times: list[float] = field(default_factory=list[float])
    order_times: list[float] = field(default_factory=list[float])
    refusals: Counter[str] = field(default_factory=Counter[str])
    rates: list[float] = field(default_factory=list[float])
    counts: Sequence[SectionCounts] = ()
    sold_out: dict[SectionId, int] = field(default_factory=dict[SectionId, int])
    sold: int = 0
    held: int = 0
    revenue: int = 0

    def open(self, second: int, *, waiting: int) -> None:
        if second > 0:
            self.moments.append(_Second())
        self.moments[-1].waiting = waiting

    def took(self, of: str, *, milliseconds: float) -> None:
        now = self.moments[-1]
        if of == "join":
            self.join_times.append(milliseconds)
            now.joined += 1
        else:
            self.order_times.append(milliseconds)
            now.orders += 1
            now.times.append(milliseconds)

    def admit(self, count: int, *, rate: float) -> None:
        self.moments[-1].admitted += count
        self.rates.append(rate)

    def refuse(self, code: str) -> None:
        self.refusals[code] += 1

    def sell(self, order: OrderResponse, *, quantity: int) -> None:
        if order.status is OrderStatus.CONFIRMED:
            self.sold += quantity
            self.revenue += order.total
            self.moments[-1].tickets += quantity
        else:
            self.held += quantity

    def count(self, second: int, counts: Sequence[SectionCounts]) -> set[SectionId]:
        """The sections that have nothing more to give."""
        self.counts = counts
        for each in counts:
            if each.available == 0:
                self.sold_out.setdefault(each.section_id, second + 1)
        return set(self.sold_out)

    def p95_lately(self) -> float | None:
        times = [one for moment in self.moments[-2:] for one in moment.times]
        return p95(times) if len(times) >= 5 else None


def p95(times: Sequence[float]) -> float | None:
    if not times:
        return None
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1)


def report_of(
    notes: Notes,
    *,
    chart: Chart,
    currency: str,
    people: int,
    admit_per_minute: int | None,
    still_waiting: int,
) -> Report:
    by_id = {each.section_id: each for each in notes.counts}
    left = sum(each.available for each in notes.counts)
    rates = notes.rates
    return Report(
        people=people,
        joined=len(notes.join_times),
        joins_peak=max((each.joined for each in notes.moments), default=0),
        join_p95_ms=p95(notes.join_times),
        admitted=sum(each.admitted for each in notes.moments),
        admit_per_minute=admit_per_minute,
        inlet_least=round(min(rates)) if rates else None,
        orders=len(notes.order_times),
        orders_peak=max((each.orders for each in notes.moments), default=0),
        order_p95_ms=p95(notes.order_times),
        refusals=[Refused(code=code, count=n) for code, n in notes.refusals.most_common()],
        tickets_sold=notes.sold,
        tickets_held=notes.held,
        revenue=notes.revenue,
        currency=currency,
        places_left=left,
        sold_out_after_seconds=max(notes.sold_out.values(), default=None) if left == 0 else None,
        still_waiting=still_waiting,
        sections=[
            SectionOutcome(
                section_id=section.id,
                name=section.name,
                capacity=by_id[section.id].capacity,
                sold=by_id[section.id].sold,
                held=by_id[section.id].held,
                sold_out_after_seconds=notes.sold_out.get(section.id),
            )
            for section in chart.sections
            if section.id in by_id
        ],
        moments=[
            Moment(
                second=second,
                joined=each.joined,
                waiting=each.waiting,
                admitted=each.admitted,
                orders=each.orders,
                tickets=each.tickets,
                p95_ms=p95(each.times),
            )
            for second, each in enumerate(notes.moments)
        ],
    )
