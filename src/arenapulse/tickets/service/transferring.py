"""Giving a ticket away: an offer by mail, its withdrawal, and whoever takes it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, InvariantBroken, TooManyRequests
from arenapulse.core.ids import EventId, OrderId, TicketId, UserId, new_id, ticket_id
from arenapulse.events import queries as events
from arenapulse.identity import address
from arenapulse.identity.errors import AddressUnproved
from arenapulse.identity.queries import contacts, credentials_by_email, profile
from arenapulse.identity.service.proofs import Proof, prove
from arenapulse.identity.service.sessions import Desk
from arenapulse.notifications.schemas import About, To
from arenapulse.notifications.service import tell
from arenapulse.orders import holding
from arenapulse.orders.errors import TicketNotFound
from arenapulse.orders.schemas import HeldTicket, TicketDetails
from arenapulse.payments import queries as payments
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import record
from arenapulse.tickets import queries
from arenapulse.tickets.errors import TicketStateForbids
from arenapulse.tickets.facts import TicketTransferred
from arenapulse.tickets.news import TicketNews
from arenapulse.tickets.queries import Offer
from arenapulse.tickets.schemas import TransferBody, TransferView
from arenapulse.tickets.service.coding import held_by, valid_held_by
from arenapulse.tickets.terms import (
    OFFERS_A_DAY_MAX,
    OFFERS_OF_PERSON_A_DAY_MAX,
    TRANSFER_DAYS,
    TRANSFER_TOKEN_BYTES,
)
from arenapulse.venues import queries as venues

TOKEN_CHARACTERS_MAX: Final = 64
TAKEN: Final = "TAKEN"
_DAY: Final = dt.timedelta(days=1)
_RETRY_SECONDS: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Courier:
    """Where links lead, and who hears that tickets changed hands and addresses are proved.

    `needs_proof` asks a giver for an address that is proved, as production does.
    """

    base_url: str
    needs_proof: bool
    news: TicketNews
    desk: Desk


async def offer(
    session: Session,
    *,
    giver: UserId,
    ticket: TicketId,
    body: TransferBody,
    courier: Courier,
    now: dt.datetime,
) -> TransferView:
    """Offers a ticket by mail; until it is taken it stays the giver's.

    Raises `TicketNotFound`, `TicketStateForbids` for one that lets nobody in, is offered already
    or goes back for money, `Invalid` for the giver's own address, `AddressUnproved`, and
    `TooManyRequests` for one that was offered again and again: each offer is a mail to somebody.
    """
    email = address.normalized(body.email)
    held = await valid_held_by(session, holder=giver, ticket=ticket)
    if courier.needs_proof:
        person = await profile(session, user_id=giver)
        if person is None or not person.email_verified:
            raise AddressUnproved
    known = await contacts(session, user_ids=[giver])
    if giver in known and known[giver].to.email == email:
        raise Invalid.on("email", "is your own")
    await _require_some_left(session, giver=giver, held=held, now=now)
    token = secrets.token_urlsafe(TRANSFER_TOKEN_BYTES)
    made = Offer(
        transfer_id=new_id(),
        order_id=held.order_id,
        number=held.number,
        event_id=held.view.event_id,
        giver_id=giver,
        email=email,
        expires_at=now + dt.timedelta(days=TRANSFER_DAYS),
    )
    if not await queries.offer(session, made=made, token_hash=_hash(token), now=now):
        raise TicketStateForbids
    # The offer before may have been taken while this one waited for its end.
    await valid_held_by(session, holder=giver, ticket=ticket)
    if await payments.is_refunded(session, order_id=held.order_id, number=held.number):
        raise TicketStateForbids
    to = To(email=email)
    account = await credentials_by_email(session, email=email)
    if account is not None:
        found = await contacts(session, user_ids=[account.user_id])
        to = found[account.user_id].to if account.user_id in found else to
    await tell(
        session,
        template="transfer_offered",
        to=To(email=email, name=to.name, locale=to.locale, user_id=to.user_id),
        values={
            "giver": known[giver].to.name if giver in known else "",
            "url": f"{courier.base_url}/transfers/{token}",
            "until": clock.rfc3339(made.expires_at),
            "event": await _scene(session, event_id=made.event_id),
        },
        key=f"transfer_offered:{made.transfer_id}",
        about=await _about(session, event_id=made.event_id, order_id=made.order_id),
    )
    return TransferView(transfer_id=made.transfer_id, expires_at=made.expires_at)


async def _require_some_left(
    session: Session, *, giver: UserId, held: HeldTicket, now: dt.datetime
) -> None:
    """Raises `TooManyRequests` for who has offered all that a day has."""
    of_ticket, of_person = await queries.offered_lately(
        session, order_id=held.order_id, number=held.number, giver_id=giver, since=now - _DAY
    )
    if of_ticket >= OFFERS_A_DAY_MAX or of_person >= OFFERS_OF_PERSON_A_DAY_MAX:
        raise TooManyRequests(retry_after_seconds=_RETRY_SECONDS)


async def waiting(
    session: Session, *, giver: UserId, ticket: TicketId, now: dt.datetime
) -> TransferView | None:
    """The offer of one's ticket that waits; raises `TicketNotFound`."""
    held = await held_by(session, holder=giver, ticket=ticket)
    row = await queries.waiting_offer(session, order_id=held.order_id, number=held.number, now=now)
    if row is None:
        return None
    return TransferView(transfer_id=row["id"], expires_at=row["expires_at"])


async def withdraw(session: Session, *, giver: UserId, ticket: TicketId, now: dt.datetime) -> None:
    """Ends the offer, and its link with it.

    Raises `TicketNotFound`, `TicketStateForbids` where nothing is offered.
    """
    held = await held_by(session, holder=giver, ticket=ticket)
    if not await queries.withdraw(
        session, order_id=held.order_id, number=held.number, giver_id=giver, now=now
    ):
        raise TicketStateForbids


async def accept(
    session: Session, *, recipient: UserId, token: str, courier: Courier, now: dt.datetime
) -> TicketDetails:
    """The new ticket of the recipient; the giver's is TRANSFERRED.

    The token came by mail, so the recipient's address is proved by it: who only says that an
    address is theirs takes nothing that was sent there.

    Raises `TicketNotFound` for a token that is none, is over, or is another address's, and
    `TicketStateForbids` where it was taken already or the ticket lets nobody in any more.
    """
    row = await _offered(session, recipient=recipient, token=token)
    order_id, number, giver = OrderId(row["order_id"]), row["number"], UserId(row["giver_id"])
    if row["outcome"] == TAKEN:
        raise TicketStateForbids
    if row["expires_at"] <= now:
        raise TicketNotFound
    given = ticket_id(order_id, number=number)
    # Whose money is on its way back would go in by the ticket that comes of it.
    if await payments.is_refunded(session, order_id=order_id, number=number):
        raise TicketStateForbids
    taken = await holding.hand_over(session, ticket=given, giver=giver, to=recipient)
    if taken is None:
        raise TicketStateForbids
    _, new_number = holding.parts(taken.ticket_id)
    if not await queries.end_taken(
        session, transfer_id=row["id"], recipient_id=recipient, new_number=new_number, now=now
    ):
        raise InvariantBroken("a transfer ended under its lock")
    await prove(session, desk=courier.desk, proof=Proof(recipient, row["email"]))
    about = await _about(session, event_id=taken.event_id, order_id=order_id)
    people = await contacts(session, user_ids=[giver, recipient])
    if giver in people and recipient in people:
        await tell(
            session,
            template="transfer_taken",
            to=people[giver].to,
            values={
                "name": people[giver].to.name,
                "taker": people[recipient].to.name,
                "url": f"{courier.base_url}/tickets",
                "event": await _scene(session, event_id=taken.event_id),
            },
            key=f"transfer_taken:{row['id']}",
            about=about,
        )
    assert about.organization_id is not None
    fact = TicketTransferred(
        transfer_id=row["id"],
        ticket_id=given,
        new_ticket_id=taken.ticket_id,
        order_id=order_id,
        event_id=taken.event_id,
        organization_id=about.organization_id,
        giver_id=giver,
        recipient_id=recipient,
    )
    await record(session, fact)
    await _tell_devices(session, courier=courier, tickets=[given, taken.ticket_id])
    return taken


async def _tell_devices(session: Session, *, courier: Courier, tickets: Sequence[TicketId]) -> None:
    """What both have now, on all their devices, once it is so."""
    found = [await holding.find(session, ticket=ticket) for ticket in tickets]
    changed = [(held.holder_id, held.view) for held in found if held is not None]

    async def tell_all() -> None:
        courier.news.tickets_changed(changed)

    session.after_commit(tell_all)


async def _offered(session: Session, *, recipient: UserId, token: str) -> asyncpg.Record:
    """The transfer of a token for whom it was meant."""
    row = await queries.lock_offer(session, token_hash=_hash(token))
    if row is None:
        raise TicketNotFound
    if row["outcome"] == TAKEN and row["recipient_id"] == recipient:
        return row
    if row["ended_at"] is not None:
        raise TicketNotFound
    people = await contacts(session, user_ids=[recipient])
    if recipient not in people or people[recipient].to.email != row["email"]:
        raise TicketNotFound
    return row


def _hash(token: str) -> bytes:
    return hashlib.sha256(token[:TOKEN_CHARACTERS_MAX].encode()).digest()


async def _about(session: Session, *, event_id: EventId, order_id: OrderId) -> About:
    owners = await events.organizations_of(session, event_ids=[event_id])
    return About(organization_id=owners[event_id], event_id=event_id, order_id=order_id)


async def _scene(session: Session, *, event_id: EventId) -> Mapping[str, object]:
    """What the mails say of the event."""
    row = await events.find(session, event_id=event_id)
    venue = await venues.find(session, venue_id=row.venue_id)
    return {
        "name": row.name,
        "start": clock.rfc3339(row.start_time),
        "timezone": venue.location.timezone,
        "venue": venue.name,
        "city": venue.location.city,
    }


class PersonalTransfers:
    """What a person gave and took, for the erasure and the export of an account."""

    name = "transfers"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        """Ends what is open: nobody is left to give, or to take."""
        known = await contacts(session, user_ids=[user_id])
        email = known[user_id].to.email if user_id in known else None
        await queries.withdraw_all_of(session, giver_id=user_id, email=email, now=clock.now())

    async def export(self, session: Session, *, user_id: UserId) -> object:
        return [
            {
                "transferId": str(row["id"]),
                "eventId": str(row["event_id"]),
                "side": "GIVEN" if row["is_given"] else "TAKEN",
                "email": row["email"],
                "outcome": row["outcome"],
                "createdAt": clock.rfc3339(row["created_at"]),
                "endedAt": None if row["ended_at"] is None else clock.rfc3339(row["ended_at"]),
            }
            for row in await queries.offers_of(session, user_id=user_id)
        ]
