"""The last step of every sign-in: a session, with what a visitor of that person held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from arenapulse.core import clock
from arenapulse.core.ids import OrderId, UserId
from arenapulse.identity import queries
from arenapulse.identity.errors import InvalidCredentials
from arenapulse.identity.queries import Credentials
from arenapulse.identity.schemas import ADMIN, Actor, UserProfile
from arenapulse.identity.service import sessions
from arenapulse.identity.service.guests import Guests
from arenapulse.identity.service.noting import note_own
from arenapulse.identity.service.proofs import Letters
from arenapulse.identity.service.sessions import Desk, Opened
from arenapulse.identity.tokens import AccessTokens, DeviceTokens, RefreshTokens
from arenapulse.runtime.db import Session, acting


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from."""

    address: str
    user_agent: str
    device_token: str | None = None
    """What a browser was given that the account signed in by before."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token with its end, and the refresh token that replaces it."""

    user_id: UserId
    token: str
    expires_at: dt.datetime
    refresh_token: str
    device_token: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and which of the visitor's holds came with them."""

    pair: Pair
    user: UserProfile
    moved: Sequence[OrderId] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """One a process."""

    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    device_tokens: DeviceTokens
    guests: Guests
    letters: Letters
    desk: Desk
    admin_needs_factor: bool = False
    """ADMIN counts only for who has a second factor."""

    async def enter(
        self,
        session: Session,
        *,
        known: Credentials,
        client: Client,
        guest: Actor | None = None,
        by_password_alone: bool = False,
    ) -> SignedIn:
        """Opens a session for who has shown who they are.

        Raises `InvalidCredentials` where the password changed or the person left since, or has a
        second factor now that was not asked for.
        """
        moved: Sequence[OrderId] = ()
        if guest is not None:
            moved = await self.guests.inherit(session, guest=guest, heir_id=known.user_id)
        opened = await sessions.open_session(
            session,
            desk=self.desk,
            user_id=known.user_id,
            password_hash=known.password_hash,
            user_agent=client.user_agent,
            is_known=self.device_tokens.device_of(client.device_token, user_id=known.user_id)
            is not None,
            without_factor=by_password_alone,
            # What a visitor held is to be theirs for sure, and a code is spent for sure.
            is_light=by_password_alone and guest is None,
        )
        if acting.get() != known.user_id:
            await session.act_as(known.user_id)
        profile = await queries.profile(session, user_id=known.user_id)
        if opened is None or profile is None:
            raise InvalidCredentials
        await note_own(
            session, user_id=known.user_id, action="sign_in.done", session_id=opened.session_id
        )
        if guest is not None:
            await self.guests.retire(session, desk=self.desk, guest=guest, heir_id=known.user_id)
        if opened.is_new_device:
            await self.letters.new_device(
                session, user_id=known.user_id, user_agent=client.user_agent
            )
        return SignedIn(self.pair(opened), profile, moved)

    def access(self, opened: Opened, *, signed_in_at: dt.datetime) -> tuple[str, dt.datetime]:
        """A token of the session, with what its person may now, and its end."""
        return self.access_tokens.mint(
            opened.user_id,
            session_id=opened.session_id,
            roles=self._roles(opened),
            signed_in_at=signed_in_at,
            now=clock.now(),
        )

    def pair(self, opened: Opened) -> Pair:
        token, expires_at = self.access(opened, signed_in_at=opened.signed_in_at)
        refresh_token = self.refresh_tokens.mint(opened.claim)
        device_token = self.device_tokens.mint(opened.user_id, session_id=opened.session_id)
        return Pair(opened.user_id, token, expires_at, refresh_token, device_token)

    def _roles(self, opened: Opened) -> frozenset[str]:
        if self.admin_needs_factor and not opened.has_factor:
            return opened.roles - {ADMIN}
        return opened.roles
