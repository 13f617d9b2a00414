"""Words that several files of identity share."""

from __future__ import annotations

from typing import Final
from uuid import UUID

TIMEZONE_DEFAULT: Final = "UTC"
SIGNING_PURPOSE: Final = "signing secrets"


def signing_place(key_id: UUID) -> str:
    """Where a signing secret stands: sealed there, it opens nowhere else."""
    return f"api_keys.signing_secret:{key_id}"


TOTP_PURPOSE: Final = "totp secrets"


def totp_place(user_id: UUID) -> str:
    """Where the secret of a person's codes stands."""
    return f"totp_factors.secret:{user_id}"


PHONE_PURPOSE: Final = "telephone numbers"


def phone_place(user_id: UUID) -> str:
    """Where a person's number stands."""
    return f"users.phone_sealed:{user_id}"
