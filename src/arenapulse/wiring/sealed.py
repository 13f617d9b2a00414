"""Every column that is sealed at rest and lives long enough to see a rotation."""

from __future__ import annotations

from typing import Final

from arenapulse.identity.service import sealing
from arenapulse.notifications.service.telling import SEALED_FOR as MESSAGES_SEALED_FOR
from arenapulse.notifications.service.telling import values_place
from arenapulse.notifications.terms import NUMBERS, address_place, recipient_place
from arenapulse.questions.terms import SEALED_FOR as ANSWERS_SEALED_FOR
from arenapulse.questions.terms import answers_place
from arenapulse.runtime.resealing import SealedColumn
from arenapulse.tickets.terms import (
    EVENT_SECRETS,
    WALLET_SEALED_FOR,
    event_secrets_place,
    former_keys_place,
    signs_passes_place,
)
from arenapulse.waitingroom.roombook import KEY_PURPOSE, SEED_PURPOSE
from arenapulse.webhooks.terms import SEALED_FOR, secret_place

COLUMNS: Final = (
    *sealing.COLUMNS,
    SealedColumn("webhook_endpoints", "id", "secret", SEALED_FOR, secret_place),
    SealedColumn("event_keys", "event_id", "sealed", EVENT_SECRETS, event_secrets_place),
    SealedColumn("event_keys", "event_id", "former", EVENT_SECRETS, former_keys_place),
    SealedColumn("ticket_answers", "id", "sealed", ANSWERS_SEALED_FOR, answers_place),
    SealedColumn("messages", "id", "sealed", MESSAGES_SEALED_FOR, values_place),
    SealedColumn("messages", "id", "recipient_sealed", NUMBERS, recipient_place, index="recipient"),
    SealedColumn("suppressions", "id", "address_sealed", NUMBERS, address_place, index="address"),
    SealedColumn(
        "pass_certificates", "organization_id", "sealed", WALLET_SEALED_FOR, signs_passes_place
    ),
    # A room's are made when it opens, weeks before it is drawn.
    SealedColumn("waiting_rooms", "event_id", "sealed_seed", SEED_PURPOSE, str),
    SealedColumn("waiting_rooms", "event_id", "sealed_key", KEY_PURPOSE, str),
)
