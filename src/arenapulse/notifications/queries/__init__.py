"""All SQL of messages; each change of state is one guarded statement."""

from arenapulse.notifications.queries.handing import (
    Row,
    add,
    end,
    later,
    sent,
    take_doubtful,
    take_due,
)
from arenapulse.notifications.queries.hearing import keep_news, purge, rise, suppress, uuid_of
from arenapulse.notifications.queries.seeing import (
    campaign_progress,
    end_lifting,
    forget_person,
    is_of_order,
    lift,
    lifted,
    messages_of_order,
    outbox,
    repeat,
    stop_campaign,
    suppressions_of,
    told_to,
)

__all__ = [
    "Row",
    "add",
    "campaign_progress",
    "end",
    "end_lifting",
    "forget_person",
    "is_of_order",
    "keep_news",
    "later",
    "lift",
    "lifted",
    "messages_of_order",
    "outbox",
    "purge",
    "repeat",
    "rise",
    "sent",
    "stop_campaign",
    "suppress",
    "suppressions_of",
    "take_doubtful",
    "take_due",
    "told_to",
    "uuid_of",
]
