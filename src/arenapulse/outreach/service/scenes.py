"""What messages say about an event and an order, as `notifications/catalogue` asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from msgspec import UNSET

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrderId, OrganizationId, SectionId
from arenapulse.events import queries as events
from arenapulse.events.queries import EventRow
from arenapulse.identity.schemas import Contact
from arenapulse.notifications.schemas import About
from arenapulse.orders.schemas import OrderResponse, SeasonOrder, TicketDetails, TicketStatus
from arenapulse.runtime.db import Session
from arenapulse.venues import queries as venues
from arenapulse.venues.schemas import VenueView
from arenapulse.venues.seatmap import Chart

ORDER_CHARACTERS = 8
_WORTH_SOMETHING = frozenset({TicketStatus.VALID, TicketStatus.CHECKED_IN, TicketStatus.RESERVED})


@dataclass(frozen=True, slots=True)
class Scene:
    """An event with its place, read once for a group of messages."""

    row: EventRow
    venue: VenueView
    sections: Mapping[UUID, str]
    chart: Chart
    base_url: str

    @property
    def event(self) -> dict[str, Any]:
        location = self.venue.location
        return {
            "name": self.row.name,
            "start": clock.rfc3339(self.row.start_time),
            "timezone": location.timezone,
            "venue": self.venue.name,
            "address": location.address,
            "city": location.city,
        }

    def about(self, order_id: OrderId | None = None, *, campaign_id: UUID | None = None) -> About:
        return About(
            organization_id=OrganizationId(self.row.organization_id),
            event_id=EventId(self.row.id),
            order_id=order_id,
            campaign_id=campaign_id,
        )

    def order_url(self, order_id: OrderId) -> str:
        return f"{self.base_url}/checkout/{order_id}"

    @property
    def tickets_url(self) -> str:
        return f"{self.base_url}/tickets"

    def password_url(self, contact: Contact) -> str:
        """Where a password is chosen by whoever has none; nothing for whoever has one."""
        if contact.has_key or contact.to.email is None:
            return ""
        return f"{self.base_url}/forgot?email={quote(contact.to.email, safe='')}"

    @property
    def event_url(self) -> str:
        return f"{self.base_url}/events/{self.row.id}"

    @property
    def queue_url(self) -> str:
        return f"{self.event_url}/queue"

    def receipt(self, order: OrderResponse | SeasonOrder) -> dict[str, Any]:
        """The order, or all of a season ticket, with tickets and sums, in minor units."""
        orders = order.orders if isinstance(order, SeasonOrder) else [order]
        return {
            **numbered(orders[0].order_id),
            "currency": order.currency,
            "subtotal": sum(each.subtotal for each in orders),
            "fees": sum(each.fees for each in orders),
            "discount": sum(each.discount for each in orders),
            "total": order.total,
            "tax": sum(each.tax for each in orders),
            "taxRate": orders[0].tax_rate,
            "tickets": [ticket for each in orders for ticket in self._tickets(each.tickets)],
        }

    def _tickets(self, tickets: Sequence[TicketDetails]) -> list[dict[str, Any]]:
        return [
            {
                "section": self.sections.get(ticket.section_id, ""),
                "row": None if ticket.row is UNSET else ticket.row,
                "seat": self._printed(ticket),
                "level": ticket.price_level,
                "amount": ticket.amount,
            }
            for ticket in tickets
            if ticket.status in _WORTH_SOMETHING
        ]

    def _printed(self, ticket: TicketDetails) -> int | None:
        """The number that stands on its seat."""
        if ticket.row is UNSET or ticket.seat is UNSET:
            return None
        section = SectionId(ticket.section_id)
        return self.chart.printed(section, row=ticket.row, seat=ticket.seat)


def numbered(order_id: OrderId) -> dict[str, Any]:
    """What people read out on the telephone; the random part of the id, not its time."""
    return {"number": order_id.hex[16 : 16 + ORDER_CHARACTERS].upper()}


async def scene_of(session: Session, *, event_id: EventId, base_url: str) -> Scene:
    """Raises `EventNotFound`."""
    row = await events.find(session, event_id=event_id)
    venue = await venues.find(session, venue_id=row.venue_id)
    chart = await venues.chart(session, chart_id=row.chart_id)
    names = {UUID(str(section.id)): section.name for section in chart.sections}
    return Scene(row, venue, names, chart, base_url)
