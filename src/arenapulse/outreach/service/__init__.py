"""What organizations do about messages."""

from arenapulse.outreach.service.outbox import view as outbox_view
from arenapulse.outreach.service.overseeing import (
    lift_suppression,
    order_messages,
    resend,
    suppressions,
)

__all__ = ["lift_suppression", "order_messages", "outbox_view", "resend", "suppressions"]
