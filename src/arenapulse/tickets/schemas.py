"""What goes in and out of a wallet."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from arenapulse.runtime.web.envelope import Body, Text, View

EMAIL_LENGTH_MAX = 320


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
    `printed` is a code for paper, null where the organizer takes none.
    """

    ticket_id: UUID
    signed: str
    key: str
    step_seconds: int
    server_time: dt.datetime
    printed: str | None
