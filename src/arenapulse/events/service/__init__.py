"""What people do with events."""

from arenapulse.events.service.moving import set_status, settle
from arenapulse.events.service.picturing import (
    announce_picture,
    complete_picture,
    delete_picture,
)
from arenapulse.events.service.promo import create_promo, delete_promo, page_promos
from arenapulse.events.service.reading import detail, page, page_cards
from arenapulse.events.service.repeating import repeat
from arenapulse.events.service.rights import get_for, get_to_change
from arenapulse.events.service.showing import shared
from arenapulse.events.service.writing import change, create, require_to_create, set_pricing

__all__ = [
    "announce_picture",
    "change",
    "complete_picture",
    "create",
    "create_promo",
    "delete_picture",
    "delete_promo",
    "detail",
    "get_for",
    "get_to_change",
    "page",
    "page_cards",
    "page_promos",
    "repeat",
    "require_to_create",
    "set_pricing",
    "set_status",
    "settle",
    "shared",
]
