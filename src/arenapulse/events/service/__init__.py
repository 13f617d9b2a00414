"""What people do with events."""

from arenapulse.events.service.moving import open_due, set_status, settle
from arenapulse.events.service.picturing import (
    announce_picture,
    complete_picture,
    delete_picture,
)
from arenapulse.events.service.promo import create_promo, delete_promo, page_promos
from arenapulse.events.service.reading import detail, page, page_cards
from arenapulse.events.service.repeating import repeat
from arenapulse.events.service.rights import get_for, get_to_change
from arenapulse.events.service.seasons import Season, offer_season, read_season, season_of
from arenapulse.events.service.writing import change, create, require_to_create, set_pricing

__all__ = [
    "Season",
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
    "offer_season",
    "open_due",
    "page",
    "page_cards",
    "page_promos",
    "read_season",
    "repeat",
    "require_to_create",
    "season_of",
    "set_pricing",
    "set_status",
    "settle",
]
