"""Who acts, in what role, and the shapes of the identity endpoints."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId, SessionId, UserId
from arenapulse.notifications.schemas import To
from arenapulse.runtime.web.envelope import ABSENT, Body, Moment, Name, Text, View

ADMIN: Final = "ADMIN"
ATTENDEE: Final = "ATTENDEE"
GUEST: Final = "GUEST"
"""A visitor whose token may hold places, see and release them; no row says who it is."""

PASSWORD_LENGTH_MIN: Final = 8
PASSWORD_LENGTH_MAX: Final = 128
EMAIL_LENGTH_MAX: Final = 254
REFRESH_TOKEN_LENGTH_MAX: Final = 200
GUEST_TOKEN_LENGTH_MAX: Final = 2048
MAIL_TOKEN_LENGTH_MAX: Final = 64


class Role(enum.StrEnum):
    """A member's role in an organization."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    ANALYST = "ANALYST"
    STAFF = "STAFF"

    def covers(self, at_least: Role) -> bool:
        """OWNER > MANAGER > ANALYST and STAFF; these two do not cover each other."""
        return self is at_least or at_least in _BELOW[self]


_BELOW: Final[dict[Role, frozenset[Role]]] = {
    Role.OWNER: frozenset({Role.MANAGER, Role.ANALYST, Role.STAFF}),
    Role.MANAGER: frozenset({Role.ANALYST, Role.STAFF}),
    Role.ANALYST: frozenset(),
    Role.STAFF: frozenset(),
}


@dataclass(frozen=True, slots=True)
class KeyScope:
    """What an API key may: act for one organization, in one role."""

    organization_id: OrganizationId
    role: Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is behind a verified token: a person, or an API key, which `key` then describes.

    A key's `user_id` is its own id: it is the person of its orders and idempotency keys.
    """

    user_id: UserId
    session_id: SessionId
    platform_roles: frozenset[str]
    signed_in_at: dt.datetime
    expires_at: dt.datetime
    key: KeyScope | None = None

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.platform_roles

    @property
    def is_guest(self) -> bool:
        return GUEST in self.platform_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a person is reached, and where it is day or night for them."""

    to: To
    timezone: str | None
    """None where the person never chose one."""
    has_key: bool
    """A password or a passkey: who bought as a visitor has neither."""
    is_proved: bool
    """That the address is theirs."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """News for open sockets: sessions of a person ended, or a membership of theirs changed."""

    user_id: UserId
    session_ids: frozenset[SessionId] = frozenset()
    organization_id: OrganizationId | None = None


def _ahead(moment: dt.datetime) -> dt.datetime:
    if moment <= clock.now():
        raise ValueError("must be ahead")
    return moment


EmailText = Annotated[Text, StringConstraints(min_length=3, max_length=EMAIL_LENGTH_MAX)]
NewPassword = Annotated[
    Text, StringConstraints(min_length=PASSWORD_LENGTH_MIN, max_length=PASSWORD_LENGTH_MAX)
]
GivenPassword = Annotated[Text, StringConstraints(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
PhoneText = Annotated[Text, StringConstraints(min_length=5, max_length=32)]


GuestToken = Annotated[Text, StringConstraints(max_length=GUEST_TOKEN_LENGTH_MAX)]
"""A visitor's token whose holds go to the account; one that is over or no visitor's brings none."""


class RegisterBody(Body):
    email: EmailText
    password: NewPassword
    full_name: Name
    phone_number: PhoneText | None = None
    guest_token: GuestToken | None = None


class ClaimBody(Body):
    email: EmailText
    full_name: Name


class LoginBody(Body):
    email: EmailText
    password: GivenPassword
    guest_token: GuestToken | None = None


MailToken = Annotated[Text, StringConstraints(min_length=1, max_length=MAIL_TOKEN_LENGTH_MAX)]


class ForgotBody(Body):
    email: EmailText


class ResetBody(Body):
    token: MailToken
    password: NewPassword


class VerifyBody(Body):
    token: MailToken


class RefreshBody(Body):
    refresh_token: (
        Annotated[Text, StringConstraints(max_length=REFRESH_TOKEN_LENGTH_MAX)] | None
    ) = None


class PasswordChangeBody(Body):
    current_password: GivenPassword
    new_password: NewPassword


class MembershipView(View):
    organization_id: UUID
    name: str
    role: Role


class UserProfile(View):
    """`emailProvedByLink`: by a link alone, which was followed outside the account's sessions."""

    user_id: UUID
    email: str
    email_verified: bool
    # What was cached before the field was there says nothing of it.
    email_proved_by_link: bool = False
    full_name: str
    phone_number: str | None
    mfa_enabled: bool
    roles: list[str]
    memberships: list[MembershipView]
    created_at: dt.datetime


_OPTIONAL: Final = frozenset({"refreshToken", "movedOrders"})


class _WithoutAbsentToken(View):
    """`refreshToken` stands in the body only for who asked for it there."""

    refresh_token: str | None = None

    @model_serializer(mode="wrap")
    def _drop_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        shape = handler(self)
        return {name: value for name, value in shape.items() if name not in _OPTIONAL or value}


class TokenView(_WithoutAbsentToken):
    token: str
    expires_at: dt.datetime


class GuestView(View):
    """A visitor may hold places with it, and nothing else; there is no refreshing it."""

    user_id: UUID
    token: str
    expires_at: dt.datetime


class RegisteredView(TokenView):
    user_id: UUID


class SignedInView(TokenView):
    """`movedOrders` are the visitor's holds that are the account's now; others stay and expire."""

    user: UserProfile
    moved_orders: list[UUID] = Field(default_factory=list[UUID])


class SessionRecord(View):
    """What is cached of a session: nothing that depends on who asks."""

    id: UUID
    user_agent: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    expires_at: dt.datetime


class SessionView(SessionRecord):
    """`device` is what people call it, empty where the user agent says nothing known."""

    device: str
    current: bool


class ProfileChange(Body):
    full_name: Name | None = None
    phone_number: PhoneText | None = None


class ErasureBody(Body):
    password: GivenPassword


class Notifications(Body):
    email: bool = Field(strict=True)
    sms: bool = Field(strict=True)
    push: bool = Field(strict=True)


class Preferences(Body):
    locale: Annotated[Text, StringConstraints(max_length=35)]
    currency: Annotated[Text, StringConstraints(max_length=3)]
    timezone: Annotated[Text, StringConstraints(max_length=64)]
    notifications: Notifications


class KeyBody(Body):
    """Without `expiresAt` the key lives until it is ended."""

    name: Name
    role: Role
    expires_at: Annotated[Moment, AfterValidator(_ahead)] | None = None


class KeyView(View):
    """`prefix` is how the key begins; the rest of it is kept nowhere."""

    id: UUID
    name: str
    role: Role
    prefix: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class KeyMade(KeyView):
    """With the secrets, which are shown this once."""

    key: str
    signing_secret: str


class OrganizationBody(Body):
    name: Name


class OrganizationChange(Body):
    """What is left out stays as it is."""

    name: Name = ABSENT
    mfa_required: Annotated[bool, Field(strict=True)] = ABSENT


class OrganizationView(View):
    id: UUID
    name: str
    role: Role


class OrganizationProfile(OrganizationView):
    """`mfaRequired`: who owns or manages it needs a second factor."""

    mfa_required: bool


class MemberBody(Body):
    email: EmailText
    role: Role


class MemberChange(Body):
    role: Role


class MemberView(View):
    user_id: UUID
    email: str
    full_name: str
    role: Role
