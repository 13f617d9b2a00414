"""Every message of the socket: name, payload, ack. Documents and clients are made of this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from arenapulse.gates.schemas import GateUpdate
from arenapulse.orders.schemas import OrderResponse, TicketDetails
from arenapulse.realtime.schemas import (
    AuthRefresh,
    CapacityUpdate,
    DashboardUpdate,
    Done,
    EventPosition,
    EventSubscribe,
    EventUnsubscribe,
    EventUpdate,
    Nothing,
    QueueUpdate,
    SeatsAck,
    SeatsPosition,
    SeatsSubscribe,
    SeatsUnsubscribe,
    SeatsUpdate,
    StaffSubscribe,
    SubscribeAck,
)


@dataclass(frozen=True)
class Message:
    """`sender` is who says it; what clients say is answered by `ack`, or by `Refused`."""

    name: str
    sender: Literal["client", "server"]
    payload: Any
    summary: str
    ack: Any = None


MESSAGES: Final[Sequence[Message]] = (
    Message(
        "event:subscribe",
        "client",
        EventSubscribe,
        "Follow an event. Without `since`, or if what was missed is gone, the ack has a snapshot; "
        "otherwise the missed frames follow it.",
        ack=SubscribeAck,
    ),
    Message("event:unsubscribe", "client", EventUnsubscribe, "Follow it no longer.", ack=Done),
    Message(
        "seats:subscribe",
        "client",
        SeatsSubscribe,
        "Follow the seats of a section; the snapshot is the answer of GET …/seats.",
        ack=SeatsAck,
    ),
    Message("seats:unsubscribe", "client", SeatsUnsubscribe, "Follow them no longer.", ack=Done),
    Message(
        "gate:subscribe", "client", StaffSubscribe, "Follow an event's gates; STAFF.", ack=Done
    ),
    Message("gate:unsubscribe", "client", StaffSubscribe, "Follow them no longer.", ack=Done),
    Message(
        "dashboard:subscribe", "client", StaffSubscribe, "Follow its figures; ANALYST.", ack=Done
    ),
    Message("dashboard:unsubscribe", "client", StaffSubscribe, "Follow them no longer.", ack=Done),
    Message(
        "auth:refresh",
        "client",
        AuthRefresh,
        "Go on as the person of a fresh token, on the open socket.",
        ack=Done,
    ),
    Message(
        "event:capacity",
        "server",
        CapacityUpdate,
        "Places free, of the sections that changed; at most ten a second and event.",
    ),
    Message(
        "event:update",
        "server",
        EventUpdate,
        "Status, prices, or what is for sale changed; at once.",
    ),
    Message(
        "event:position",
        "server",
        EventPosition,
        "After ten seconds of silence: the last sequences. Who has others asks `since`.",
    ),
    Message("seats:update", "server", SeatsUpdate, "Seats of a section that changed."),
    Message(
        "seats:position", "server", SeatsPosition, "As event:position, for the seats of a section."
    ),
    Message(
        "order:update",
        "server",
        OrderResponse,
        "To every device of the person whose order it is, without a subscription.",
    ),
    Message(
        "ticket:update",
        "server",
        TicketDetails,
        "To every device of the person whose ticket it is: after the order's own update.",
    ),
    Message(
        "queue:update",
        "server",
        QueueUpdate,
        "To every device of the person who waits.",
    ),
    Message("gate:update", "server", GateUpdate, "People came in; to those who follow gates."),
    Message(
        "dashboard:update",
        "server",
        DashboardUpdate,
        "Each second while something changes, to those who follow the figures.",
    ),
    Message(
        "auth:expired",
        "server",
        Nothing,
        "The token expired or was revoked; the socket goes on as a visitor until auth:refresh.",
    ),
)
