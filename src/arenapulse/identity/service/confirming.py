"""The second step of a sign-in, a passkey alone, and a proof that it is still the same person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, NotAuthenticated
from arenapulse.identity import queries
from arenapulse.identity.errors import InvalidCredentials, MfaRefused
from arenapulse.identity.schemas import Actor
from arenapulse.identity.schemas.factors import MfaBody, PasskeySignInBody, StepUpBody
from arenapulse.identity.service import challenges, sessions
from arenapulse.identity.service.challenges import Asked, Challenge
from arenapulse.identity.service.entering import Client, SignedIn
from arenapulse.identity.service.factors import Factors
from arenapulse.identity.service.noting import note_own, note_refused
from arenapulse.identity.service.sign_in import SignIn
from arenapulse.runtime.db import Database


@dataclass(frozen=True, slots=True)
class Confirming:
    """One a process."""

    database: Database
    sign_in: SignIn
    factors: Factors

    async def verify(self, body: MfaBody, *, client: Client) -> SignedIn:
        """Who signed in by password and code.

        Raises `MfaRefused` for a wrong code, which counts, and for a token that is over, used or
        tried out; `TooManyAttempts` where the account was guessed at too often.
        """
        async with self.database.transaction() as session:
            asked = await challenges.attempt(session, what=Asked.CODE, token=body.mfa_token)
        if asked is None or asked.user_id is None:
            raise MfaRefused
        guest = self.sign_in.door.guests.read(body.guest_token)
        async with self.factors.trying(asked.user_id), self.database.transaction() as session:
            known = await queries.credentials_by_id(session, user_id=asked.user_id)
            if known is None or not await self.factors.take_code(
                session, user_id=asked.user_id, code=body.code
            ):
                raise MfaRefused
            if not await challenges.answered(session, what=Asked.CODE, token=body.mfa_token):
                raise MfaRefused
            return await self.sign_in.door.enter(session, known=known, client=client, guest=guest)

    async def passkey_options(self, *, mfa_token: str | None) -> tuple[str, Any]:
        """Any key of this site, or those of who gave a right password; raises `MfaRefused`."""
        async with self.database.transaction() as session:
            user_id = None
            if mfa_token is not None:
                user_id = await challenges.asked_of(session, what=Asked.CODE, token=mfa_token)
                if user_id is None:
                    raise MfaRefused
            return await self.factors.ask_for_key(session, user_id=user_id)

    async def passkey(self, body: PasskeySignInBody, *, client: Client) -> SignedIn:
        """Who signed in by a passkey, which is both factors at once.

        Raises `InvalidCredentials`; as second factor the key must be of who gave the password.
        """
        async with self.database.transaction() as session:
            asked = await challenges.attempt(session, what=Asked.KEY, token=body.challenge_token)
        if asked is None:
            raise InvalidCredentials
        try:
            return await self._enter_by_key(body, asked=asked, client=client)
        except InvalidCredentials:
            async with self.database.transaction() as session:
                owner = await self.factors.owner_of_key(
                    session, credential=body.credential.as_json()
                )
            await note_refused(
                self.database, user_id=owner or asked.user_id, action="passkey.refused"
            )
            raise

    async def _enter_by_key(
        self, body: PasskeySignInBody, *, asked: Challenge, client: Client
    ) -> SignedIn:
        guest = self.sign_in.door.guests.read(body.guest_token)
        async with self.database.transaction() as session:
            user_id = await self.factors.take_key(
                session, nonce=asked.nonce, credential=body.credential.as_json()
            )
            if user_id is None or asked.user_id not in {None, user_id}:
                raise InvalidCredentials
            if not await challenges.answered(session, what=Asked.KEY, token=body.challenge_token):
                raise InvalidCredentials
            known = await queries.credentials_by_id(session, user_id=user_id)
            if known is None or known.is_disabled:
                raise InvalidCredentials
            return await self.sign_in.door.enter(session, known=known, client=client, guest=guest)

    async def step_up(
        self, actor: Actor, *, body: StepUpBody, client: Client
    ) -> tuple[str, dt.datetime]:
        """A token of the same session that says they signed in just now, and its end.

        Raises `InvalidCredentials`, `MfaRefused`, `TooManyAttempts`, and `NotAuthenticated` where
        the session ended meanwhile.
        """
        if (body.password is None) == (body.code is None):
            raise Invalid.on("code", "give a password or a code")
        if body.password is not None:
            await self.sign_in.confirm_password(actor, given=body.password, client=client)
        else:
            assert body.code is not None
            async with self.factors.trying(actor.user_id), self.database.transaction() as session:
                if not await self.factors.take_code(session, user_id=actor.user_id, code=body.code):
                    raise MfaRefused
        # As they stand now: a token that steps up again and again must not outlive its rights.
        async with self.database.transaction() as session:
            opened = await sessions.standing(session, session_id=actor.session_id)
            if opened is None:
                raise NotAuthenticated
            await note_own(session, user_id=actor.user_id, action="step_up.done")
        return self.sign_in.door.access(opened, signed_in_at=clock.now())
