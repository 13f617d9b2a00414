"""A batch of scans as the parallel arrays that `check_in` takes, and what it answers. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from arenapulse.core.errors import InvariantBroken, KeyReused, Refusal
from arenapulse.core.ids import EventId, OrderId, OrganizationId, TicketId, UserId
from arenapulse.gates import errors
from arenapulse.orders.errors import TicketNotFound
from arenapulse.orders.schemas import TicketDetails, TicketStatus
from arenapulse.tickets.errors import TicketStateForbids
from arenapulse.venues.seatmap import Chart

ANY_VERSION: Final = -1
"""Of a ticket that was found by name: no code says its version."""
(
    ADMITTED,
    LEFT,
    DUPLICATE,
    NO_TICKET,
    WRONG_EVENT,
    OLD_CODE,
    STATE,
    NOT_OPEN,
    WRONG_GATE,
    KEY_REUSED,
    NOT_INSIDE,
    DEVICE_REVOKED,
    NO_PRINTED,
    EXPIRED,
) = range(14)
UNHEARD: Final = frozenset({NOT_OPEN, WRONG_GATE, NO_PRINTED, EXPIRED})
"""Of what a gate without a network had not heard: the ticket is good, and its holder came in."""
_RECORDED_OFFLINE: Final = UNHEARD | {DUPLICATE, OLD_CODE, STATE, NOT_INSIDE}
_REFUSALS: Final[dict[int, type[Refusal]]] = {
    NO_TICKET: TicketNotFound,
    WRONG_EVENT: errors.OtherEvent,
    OLD_CODE: errors.CodeExpired,
    STATE: TicketStateForbids,
    NOT_OPEN: errors.NotOpen,
    WRONG_GATE: errors.OtherGate,
    KEY_REUSED: KeyReused,
    NOT_INSIDE: errors.NotInside,
    DEVICE_REVOKED: errors.DeviceLocked,
    NO_PRINTED: errors.NoPaper,
    EXPIRED: errors.CodeExpired,
}


class Row(Protocol):
    """A row of the driver: columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan whose code is genuine; `is_fresh` says whether its digits were current."""

    event_id: EventId
    organization_id: OrganizationId
    order_id: OrderId
    number: int
    ticket_id: TicketId
    version: int
    client_id: str
    gate: str
    device_id: str
    scanned_at: dt.datetime
    is_offline: bool
    is_out: bool
    is_printed: bool
    is_fresh: bool
    actor_id: UserId


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a scan: `refusal` is why it is a conflict, or was refused."""

    scan: Scan
    number: int
    is_replay: bool
    holder_id: UserId | None = None
    ticket: TicketDetails | None = None
    refusal: Refusal | None = None

    @property
    def is_conflict(self) -> bool:
        """Refused, but the person is in: recorded and flagged."""
        return self.scan.is_offline and self.number in _RECORDED_OFFLINE

    @property
    def is_entry(self) -> bool:
        """Somebody came in by it, flagged or not."""
        return self.number == ADMITTED or (self.is_conflict and self.number in UNHEARD)

    @property
    def is_move(self) -> bool:
        """It is new, and somebody went in or out by it."""
        return not self.is_replay and (self.is_entry or self.number == LEFT)


def rounds(scans: Sequence[Scan]) -> list[list[int]]:
    """The positions of the scans in groups in which no ticket and no client id comes twice."""
    many = len(scans)
    if (
        len({scan.ticket_id for scan in scans}) == many
        and len({scan.client_id for scan in scans}) == many
    ):
        return [list(range(many))]
    made: list[list[int]] = []
    taken: dict[tuple[str, object], int] = {}
    for position, scan in enumerate(scans):
        keys = (
            ("ticket", (scan.order_id, scan.number)),
            ("client", (scan.event_id, scan.client_id)),
        )
        at = max(taken.get(key, 0) for key in keys)
        for key in keys:
            taken[key] = at + 1
        if at == len(made):
            made.append([])
        made[at].append(position)
    return made


def arguments(scans: Sequence[Scan], *, now: dt.datetime, reactions: Sequence[str]) -> list[object]:
    """The arguments of `check_in`, in its order."""
    events = {scan.event_id: scan.organization_id for scan in scans}
    place = {event: number for number, event in enumerate(events, start=1)}
    return [
        now,
        list(events),
        list(events.values()),
        [place[scan.event_id] for scan in scans],
        [scan.order_id for scan in scans],
        [scan.number for scan in scans],
        [scan.version for scan in scans],
        [scan.client_id for scan in scans],
        [scan.gate for scan in scans],
        [scan.device_id for scan in scans],
        [scan.scanned_at for scan in scans],
        [scan.is_offline for scan in scans],
        [scan.is_out for scan in scans],
        [scan.is_printed for scan in scans],
        [scan.is_fresh for scan in scans],
        [scan.actor_id for scan in scans],
        reactions,
    ]


_COLUMNS: Final = (
    *("verdict", "is_replay", "holder_id", "section_id", "seat_row", "seat", "price_level"),
    *("amount", "fee", "status"),
)
_LET_IN: Final = frozenset({ADMITTED, LEFT})
_TELL_NOTHING: Final = frozenset({WRONG_EVENT, KEY_REUSED})
_STATUS: Final = {status.value: status for status in TicketStatus}


def verdicts(scans: Sequence[Scan], row: Row) -> list[Verdict]:
    """One for each scan, in their order."""
    # Columns are looked up once, not once a scan: a batch is as wide as it is long.
    told = zip(scans, *(row[name] for name in _COLUMNS), strict=True)
    return [
        Verdict(
            scan=scan,
            number=number,
            is_replay=is_replay,
            holder_id=holder,
            ticket=None
            if section is None or number in _TELL_NOTHING
            else TicketDetails(
                ticket_id=scan.ticket_id,
                event_id=scan.event_id,
                section_id=section,
                price_level=level,
                amount=amount,
                fee=fee,
                status=_STATUS[status],
                row=UNSET if seat_row is None else seat_row,
                seat=UNSET if seat is None else seat,
            ),
            refusal=None if number in _LET_IN else _refusal(number, at, row),
        )
        for at, (
            scan,
            number,
            is_replay,
            holder,
            section,
            seat_row,
            seat,
            level,
            amount,
            fee,
            status,
        ) in enumerate(told)
    ]


def printed_seat(verdict: Verdict, *, chart: Chart) -> int | UnsetType:
    """The number that stands on the seat, where its ticket says another."""
    ticket = verdict.ticket
    if ticket is None or ticket.row is UNSET or ticket.seat is UNSET:
        return UNSET
    found = chart.renumbered(ticket.section_id, row=ticket.row, seat=ticket.seat)
    return UNSET if found is None else found


def _refusal(number: int, at: int, row: Row) -> Refusal:
    if number == DUPLICATE:
        first: dt.datetime | None = row["first_at"][at]
        if first is None:
            return errors.AlreadyIn()
        return errors.AlreadyIn.since(
            gate=row["first_gate"][at], device_id=row["first_device"][at], at=first
        )
    known = _REFUSALS.get(number)
    if known is None:
        raise InvariantBroken(f"check_in gave verdict {number}")
    return known()
