"""Every column that is sealed at rest and lives long enough to see a rotation."""

from __future__ import annotations

from typing import Final

from arenapulse.identity.service import sealing
from arenapulse.questions.terms import SEALED_FOR as ANSWERS_SEALED_FOR
from arenapulse.questions.terms import answers_place
from arenapulse.runtime.resealing import SealedColumn
from arenapulse.tickets.terms import (
    EVENT_SECRETS,
    WALLET_SEALED_FOR,
    event_secrets_place,
    signs_passes_place,
)
from arenapulse.webhooks.terms import SEALED_FOR, secret_place

COLUMNS: Final = (
    *sealing.COLUMNS,
    SealedColumn("webhook_endpoints", "id", "secret", SEALED_FOR, secret_place),
    SealedColumn("event_keys", "event_id", "sealed", EVENT_SECRETS, event_secrets_place),
    SealedColumn("ticket_answers", "id", "sealed", ANSWERS_SEALED_FOR, answers_place),
    SealedColumn(
        "pass_certificates", "organization_id", "sealed", WALLET_SEALED_FOR, signs_passes_place
    ),
)
