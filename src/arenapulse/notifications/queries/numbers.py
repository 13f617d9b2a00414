"""Telephone numbers of text messages: an envelope, and a blind index by which equal ones are found.

Mail addresses stand in the same columns in clear (decision 46).
"""

from __future__ import annotations

from uuid import UUID

from arenapulse.notifications.terms import NUMBERS, address_place, recipient_place
from arenapulse.runtime.crypto import keyring_of
from arenapulse.runtime.db import Session


def sealed(session: Session, *, number: str, place: str) -> tuple[str, bytes]:
    """A number as a row has it: its index, and the envelope for this place."""
    keyring, plain = keyring_of(session), number.encode()
    envelope = keyring.seal(plain, purpose=NUMBERS, bound_to=place)
    return keyring.index(plain, purpose=NUMBERS), envelope


def recipient_of(
    session: Session, *, message_id: UUID, recipient: str, envelope: bytes | None
) -> str:
    """To whom a message goes: a mail address, or a number; nobody where it does not open."""
    return _opened(session, said=recipient, envelope=envelope, place=recipient_place(message_id))


def address_of(
    session: Session, *, suppression_id: UUID, address: str, envelope: bytes | None
) -> str:
    """Which address gets nothing; empty where its envelope does not open."""
    return _opened(session, said=address, envelope=envelope, place=address_place(suppression_id))


def spellings(session: Session, *, number: str) -> list[str]:
    """How rows may have a number: the present index first, those of former keys, in clear."""
    keyring, plain = keyring_of(session), number.encode()
    former = keyring.former_indexes(plain, purpose=NUMBERS)
    return [keyring.index(plain, purpose=NUMBERS), *former, number]


def _opened(session: Session, *, said: str, envelope: bytes | None, place: str) -> str:
    if envelope is None:
        # A mail address; or a number of before, which a worker has not sealed yet.
        return said
    try:
        plain = keyring_of(session).open(bytes(envelope), purpose=NUMBERS, bound_to=place)
    except ValueError:
        return ""
    return plain.decode()
