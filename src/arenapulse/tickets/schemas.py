"""What goes in and out of a wallet."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints, field_validator

from arenapulse.runtime.web.envelope import Body, Text, View
from arenapulse.tickets.terms import PEM_CHARACTERS_MAX

EMAIL_LENGTH_MAX = 320


Pem = Annotated[Text, StringConstraints(min_length=64, max_length=PEM_CHARACTERS_MAX)]


class TransferBody(Body):
    email: Annotated[Text, StringConstraints(min_length=3, max_length=EMAIL_LENGTH_MAX)]


class TransferView(View):
    """`expires_at` is when the offer ends; until it is taken the ticket stays the giver's."""

    transfer_id: UUID
    expires_at: dt.datetime


class CodeView(View):
    """A code is shown `refreshAfterSeconds`, and taken at a gate until `validUntil`."""

    ticket_id: UUID
    code: str
    valid_until: dt.datetime
    refresh_after_seconds: int
    rotating: bool
    server_time: dt.datetime


class WalletView(View):
    """What a device needs to make the codes of one ticket without a network.

    `key` (base64url) is of this ticket and version alone: keep it where scripts cannot read it.
    `printed` is a code for paper, null where the organizer takes none; `holderName` is there where
    tickets are somebody's by name and it was said.
    """

    ticket_id: UUID
    signed: str
    key: str
    step_seconds: int
    server_time: dt.datetime
    printed: str | None
    holder_name: str | None = None


class PassesView(View):
    """Which wallets of telephones may keep the ticket."""

    apple: bool
    google: bool


class SaveLinkView(View):
    """Whoever opens `url` is asked by Google whether to keep the ticket."""

    url: str


class AppleBody(Body):
    """In PEM: of a pass type, its key without a password, and Apple's own above it."""

    certificate: Pem
    private_key: Pem
    intermediate: Pem | None = None


class GoogleBody(Body):
    issuer_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]
    service_account: Annotated[Text, StringConstraints(min_length=3, max_length=EMAIL_LENGTH_MAX)]
    private_key: Pem


class CertificatesBody(Body):
    """All anew; what is left out is forgotten."""

    apple: AppleBody | None = None
    google: GoogleBody | None = None

    @field_validator("apple", "google", mode="before")
    @classmethod
    def _left_out_or_there(cls, given: object) -> object:
        if given is None:
            raise ValueError("must be left out, or an object")
        return given


class CertificatesView(View):
    """What is kept, without its secrets; null where there is none."""

    apple_pass_type: str | None
    apple_team: str | None
    apple_expires_at: dt.datetime | None
    google_issuer_id: str | None
    google_service_account: str | None
