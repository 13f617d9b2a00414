"""What the orders slice refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from arenapulse.core.errors import Invalid, Refusal


class OrderNotFound(Refusal):
    code, status, message = "ORDER001", 404, "There is no such order."


class TicketNotFound(Refusal):
    code, status, message = "TICKET001", 404, "There is no such ticket."


class CapacityExceeded(Refusal):
    code, status, message = "EVENT002", 409, "There are not as many places left."


class NotOnSale(Refusal):
    code, status, message = "EVENT003", 409, "Tickets for this event are not on sale now."


@dataclass(frozen=True, slots=True)
class NamedSeat:
    section_id: UUID
    row: str
    seat: int

    def told(self) -> dict[str, object]:
        """As the API names it."""
        return {"sectionId": str(self.section_id), "row": self.row, "seat": self.seat}


class SeatTaken(Refusal):
    """`details` has the `seats` that are gone and, once looked for, the `nearest` that are free."""

    code, status, message = "SEAT001", 409, "A seat was just taken."

    def __init__(self, gone: Sequence[NamedSeat], *, nearest: Sequence[NamedSeat] = ()) -> None:
        self.gone = frozenset(gone)
        super().__init__(
            details={
                "seats": [seat.told() for seat in gone],
                "nearest": [seat.told() for seat in nearest],
            }
        )
        self._order = tuple(gone)

    def beside(self, nearest: Sequence[NamedSeat]) -> SeatTaken:
        """The same with what is free."""
        return SeatTaken(self._order, nearest=nearest)


class HoldExpired(Refusal):
    code, status, message = "ORDER002", 409, "The time of this order ran out. Nothing was charged."


class OverLimit(Refusal):
    code, status, message = "ORDER003", 422, "That is more tickets than one order may have."


class OverPersonLimit(OverLimit):
    message = "That is more tickets than one person may have for this event."


class OverHeldLimit(OverLimit):
    message = "That is more than one account may hold unpaid. Pay for what you hold, or let it go."


class StateForbids(Refusal):
    code, status, message = "ORDER004", 409, "The state of this order does not allow it."


class OtherDates(Refusal):
    code, status, message = "ORDER005", 409, "The dates on sale are others by now."


class PaidAsSeason(StateForbids):
    message = "This order belongs to a season ticket, which is paid as a whole."


class NotForSale(Invalid):
    message = "This section or price level is not for sale at this event."


class NotFree(Invalid):
    message = "This order is not free."


class SeatsDoNotFit(Invalid):
    message = "Name seats of a seated section that exist; standing sections have none."


class PromoRefused(Refusal):
    code, status, message = "PROMO001", 422, "This code is unknown, over, or not for these tickets."
