"""The shapes of invitations."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from arenapulse.identity.schemas import Role
from arenapulse.runtime.web.envelope import View


class InvitedView(View):
    """The same for every address: nothing says whether somebody has it."""

    invitation_id: UUID
    email: str
    role: Role
    status: Literal["INVITED"] = "INVITED"


class OfferView(View):
    """What whoever has the link is offered: not to whom it went."""

    organization_name: str
    role: Role
    expires_at: dt.datetime


class InvitationView(InvitedView):
    created_at: dt.datetime
    expires_at: dt.datetime
