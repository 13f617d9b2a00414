"""The way of a message, as one table of ranks. Pure.

What vendors tell comes late, twice and in any order. A message therefore only ever goes up: the
state is the highest of all that was heard, whichever came first.

    QUEUED → SENT → DELIVERED → OPENED       and out: FAILED, BOUNCED, COMPLAINED, SUPPRESSED
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from arenapulse.notifications.terms import MessageStatus, Why

# SUPPRESSED is decided by us before anything is sent, so no vendor's word may follow it. FAILED
# stands below DELIVERED: who says "not delivered" and "delivered" of one message has delivered it.
RANK: Final = MappingProxyType(
    {
        MessageStatus.QUEUED: 0,
        MessageStatus.SENT: 1,
        MessageStatus.FAILED: 2,
        MessageStatus.DELIVERED: 3,
        MessageStatus.OPENED: 4,
        MessageStatus.BOUNCED: 5,
        MessageStatus.COMPLAINED: 6,
        MessageStatus.SUPPRESSED: 7,
    }
)

# The vendors' words; those that are missing say nothing about the way of a message.
SENDGRID: Final = MappingProxyType(
    {
        "processed": MessageStatus.SENT,
        "delivered": MessageStatus.DELIVERED,
        "open": MessageStatus.OPENED,
        "click": MessageStatus.OPENED,
        "dropped": MessageStatus.FAILED,
        "bounce": MessageStatus.BOUNCED,
        "spamreport": MessageStatus.COMPLAINED,
    }
)
TWILIO: Final = MappingProxyType(
    {
        "queued": MessageStatus.SENT,
        "sending": MessageStatus.SENT,
        "sent": MessageStatus.SENT,
        "delivered": MessageStatus.DELIVERED,
        "read": MessageStatus.OPENED,
        "undelivered": MessageStatus.FAILED,
        "failed": MessageStatus.FAILED,
    }
)

SUPPRESSES: Final = MappingProxyType(
    {MessageStatus.BOUNCED: Why.BOUNCE, MessageStatus.COMPLAINED: Why.COMPLAINT}
)


RANKED: Final = tuple(sorted(MessageStatus, key=RANK.__getitem__))
"""From the lowest up: a state may still turn into each that stands behind it."""


def after(heard: list[MessageStatus]) -> MessageStatus:
    """Where a message stands that all of this was heard of."""
    return max([MessageStatus.QUEUED, *heard], key=RANK.__getitem__)
