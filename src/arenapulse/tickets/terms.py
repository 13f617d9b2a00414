"""Words and limits of tickets and their codes."""

from __future__ import annotations

from typing import Final
from uuid import UUID

STEP_SECONDS: Final = 15
"""How long one code of a rotating ticket is shown."""
STEPS_BEFORE: Final = 2
STEPS_AFTER: Final = 1
"""A gate takes the codes of two steps ago to one step ahead."""
DIGITS: Final = 6
TRANSFER_DAYS: Final = 7
OFFERS_A_DAY_MAX: Final = 5
"""Of one ticket: each is a mail to an address of the giver's choice."""
OFFERS_OF_PERSON_A_DAY_MAX: Final = 200
"""Of one person: a season ticket for a family is given away at once."""
TRANSFER_TOKEN_BYTES: Final = 24
EVENT_SECRETS: Final = "ticket codes"
FORMER_KEYS_MAX: Final = 32
FORMER_KEY_GRACE_SECONDS: Final = 3_600
"""So long after its end a gate without a network may have judged by a gate key."""
WALLET_SEALED_FOR: Final = "wallet passes"
PEM_CHARACTERS_MAX: Final = 20_000


def event_secrets_place(event_id: UUID) -> str:
    """What the envelope of an event's keys is bound to."""
    return f"event_keys {event_id}"


def former_keys_place(event_id: UUID) -> str:
    """What the envelope of an event's former gate keys is bound to."""
    return f"event_keys former {event_id}"


def signs_passes_place(organization_id: UUID) -> str:
    """What the envelope of an organization's certificates is bound to."""
    return f"pass_certificates {organization_id}"
