"""Words and limits of messages."""

from __future__ import annotations

import enum
from typing import Final
from uuid import UUID

KEY_CHARACTERS_MAX: Final = 180
ADDRESS_CHARACTERS_MAX: Final = 254
NAME_CHARACTERS_MAX: Final = 200
SUBJECT_CHARACTERS_MAX: Final = 200
# Twilio refuses longer ones.
SMS_CHARACTERS_MAX: Final = 1_600
SOURCE_CHARACTERS_MAX: Final = 4_000
PARAGRAPHS_MAX: Final = 12
VERSIONS_KEPT_MAX: Final = 50
MESSAGES_PER_CALL_MAX: Final = 5_000
QUIET_FROM_HOUR: Final = 21
QUIET_TO_HOUR: Final = 9
READER_ZONE: Final = "reader_timezone"
"""The value of a campaign's message that says where it is night for its reader."""

# What envelopes of telephone numbers are sealed for, and their blind indexes made for.
NUMBERS: Final = "numbers of text messages"

LOCALES: Final = ("en", "de", "es")
LOCALE_DEFAULT: Final = "en"


class Channel(enum.StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"


class MessageStatus(enum.StrEnum):
    """Ranked by `delivery`; the last four are exits."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    OPENED = "OPENED"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"
    COMPLAINED = "COMPLAINED"
    SUPPRESSED = "SUPPRESSED"


class Priority(enum.IntEnum):
    """A receipt does not wait behind sixty thousand others."""

    PERSONAL = 0
    CAMPAIGN = 1


SEALED_LANES: Final = 2
"""Added to the priority of a message whose number is sealed: code of before, beside us during a
release, has no lane for it, and would hand its vendor the index."""


class Why(enum.StrEnum):
    """Why nothing more goes to an address."""

    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"
    STOPPED = "STOPPED"


def recipient_place(message_id: UUID) -> str:
    """What the envelope of a message's number is bound to."""
    return f"messages.recipient_sealed:{message_id}"


def address_place(suppression_id: UUID) -> str:
    """What the envelope of a suppressed number is bound to."""
    return f"suppressions.address_sealed:{suppression_id}"
