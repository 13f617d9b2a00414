"""What organizations do about messages, and what buyers are told."""

from arenapulse.outreach.service.campaigning import (
    RUN_TASK,
    Office,
    Tariff,
    require_to_campaign,
)
from arenapulse.outreach.service.campaigning import approve as approve_campaign
from arenapulse.outreach.service.campaigning import ask as ask_campaign
from arenapulse.outreach.service.campaigning import page as page_campaigns
from arenapulse.outreach.service.campaigning import run as run_campaign
from arenapulse.outreach.service.campaigning import stop as stop_campaign
from arenapulse.outreach.service.consent import Consents, news, set_consent, unsubscribe
from arenapulse.outreach.service.outbox import view as outbox_view
from arenapulse.outreach.service.overseeing import (
    lift_suppression,
    order_messages,
    resend,
    suppressions,
)

__all__ = [
    "RUN_TASK",
    "Consents",
    "Office",
    "Tariff",
    "approve_campaign",
    "ask_campaign",
    "lift_suppression",
    "news",
    "order_messages",
    "outbox_view",
    "page_campaigns",
    "require_to_campaign",
    "resend",
    "run_campaign",
    "set_consent",
    "stop_campaign",
    "suppressions",
    "unsubscribe",
]
