"""Every column that is sealed at rest and lives long enough to see a rotation."""

from __future__ import annotations

from typing import Final

from arenapulse.identity.service import sealing
from arenapulse.runtime.resealing import SealedColumn
from arenapulse.webhooks.terms import SEALED_FOR, secret_place

COLUMNS: Final = (
    *sealing.COLUMNS,
    SealedColumn("webhook_endpoints", "id", "secret", SEALED_FOR, secret_place),
)
