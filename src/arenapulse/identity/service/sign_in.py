"""Register, login, refresh, logout: hashing between the transactions, never inside one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import text

from arenapulse.core.errors import NotAuthenticated
from arenapulse.core.ids import SessionId, UserId, new_id
from arenapulse.identity import address, passwords, phone, queries
from arenapulse.identity.errors import (
    EmailTaken,
    InvalidCredentials,
    RefreshReused,
    TooManyAttempts,
    UnknownSession,
)
from arenapulse.identity.facts import PersonRegistered
from arenapulse.identity.passwords import PasswordHashes
from arenapulse.identity.queries import Credentials
from arenapulse.identity.queries import factors as factor_queries
from arenapulse.identity.schemas import (
    Actor,
    ClaimBody,
    LoginBody,
    PasswordChangeBody,
    RegisterBody,
)
from arenapulse.identity.service import challenges, proofs, sealing, sessions
from arenapulse.identity.service.attempts import Attempts
from arenapulse.identity.service.challenges import Asked
from arenapulse.identity.service.entering import Client, Door, Pair, SignedIn
from arenapulse.identity.service.noting import note_own, note_refused
from arenapulse.identity.service.proofs import Purpose
from arenapulse.identity.service.sessions import Why
from arenapulse.runtime.audit import caller
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import record


@dataclass(frozen=True, slots=True)
class MfaRequired:
    """The password was right; a second factor is asked for."""

    token: str
    methods: list[str]


class SignIn:
    def __init__(
        self,
        *,
        database: Database,
        hashes: PasswordHashes,
        attempts: Attempts,
        door: Door,
    ) -> None:
        self.door: Final = door
        self.desk: Final = door.desk
        self._database = database
        self._hashes = hashes
        self._attempts = attempts
        self._refresh_tokens = door.refresh_tokens
        self._guests = door.guests
        self._letters = door.letters

    def close(self) -> None:
        self._hashes.close()

    async def register(self, body: RegisterBody, *, client: Client) -> Pair:
        """A new person, signed in. Raises `Invalid`, `EmailTaken`."""
        email = address.normalized(body.email)
        number = None if body.phone_number is None else phone.normalized(body.phone_number)
        passwords.require_acceptable(
            body.password, email=email, full_name=body.full_name, field="password"
        )
        encoded = await self._hashes.make(body.password)
        person = {"email": email, "hash": encoded, "name": body.full_name, "phone": number}
        guest = self._guests.read(body.guest_token)
        return await self._found_person(person, guest=guest, client=client)

    async def claim(self, body: ClaimBody, *, guest: Actor, client: Client) -> Pair:
        """The visitor has a name and an e-mail now, and no password; raises `EmailTaken`.

        A visitor who has claimed already raises `NotAuthenticated`.
        """
        email = address.normalized(body.email)
        async with self._database.transaction() as session:
            if not await self._guests.is_nobody(session, guest=guest):
                raise NotAuthenticated
        person = {"email": email, "hash": "", "name": body.full_name, "phone": None}
        return await self._found_person(person, guest=guest, client=client)

    async def _found_person(
        self, person: dict[str, str | None], *, guest: Actor | None, client: Client
    ) -> Pair:
        """A new account with a session; a visitor keeps their id, and so what they hold."""
        user_id = UserId(new_id())
        async with self._database.transaction() as session:
            if guest is not None and await self._guests.is_nobody(session, guest=guest):
                user_id = guest.user_id
                await self._guests.inherit(session, guest=guest, heir_id=user_id)
            sealed = sealing.sealed_phone(session, user_id=user_id, number=person["phone"])
            values = person | {"id": user_id, "phone": sealed}
            made = await session.execute(_REGISTER, values)
            if made.first() is None:
                raise EmailTaken
            await record(session, PersonRegistered(user_id=user_id))
            await self._letters.send_link(session, user_id=user_id, purpose=Purpose.VERIFY)
            opened = await sessions.open_session(
                session,
                desk=self.desk,
                user_id=user_id,
                password_hash=person["hash"] or "",
                user_agent=client.user_agent,
            )
            if guest is not None:
                await self._guests.retire(session, desk=self.desk, guest=guest, heir_id=user_id)
        assert opened is not None
        return self.door.pair(opened)

    async def login(self, body: LoginBody, *, client: Client) -> SignedIn | MfaRequired:
        """Who signed in, or what they are asked for besides.

        Raises `InvalidCredentials`, after the same time whether the e-mail is known or not, and
        `TooManyAttempts` before the password is looked at.
        """
        email = address.normalized(body.email)
        known = await queries.credentials_from_pool(self._database, email=email)
        await self._require_password(known, given=body.password, email=email, client=client)
        assert known is not None
        encoded = known.password_hash
        if self._hashes.is_outdated(encoded):
            encoded = await self._hashes.make(body.password)
        guest = self._guests.read(body.guest_token)
        if guest is None and not known.has_factor and encoded == known.password_hash:
            async with self._database.transaction(actor=known.user_id, by_driver=True) as session:
                return await self.door.enter(
                    session, known=known, client=client, by_password_alone=True
                )
        async with self._database.transaction() as session:
            if encoded != known.password_hash:
                values = {"id": known.user_id, "old": known.password_hash, "new": encoded}
                await session.execute(_REHASH, values)
                known = replace(known, password_hash=encoded)
            methods: Sequence[str] = ()
            if known.has_factor:
                methods = await factor_queries.methods_of(session, user_id=known.user_id)
            if methods:
                token = await challenges.ask(session, what=Asked.CODE, user_id=known.user_id)
                return MfaRequired(token, list(methods))
            return await self.door.enter(
                session, known=known, client=client, guest=guest, by_password_alone=True
            )

    def session_of(self, token: str | None) -> SessionId | None:
        """Which session a refresh token of ours is of, living or not; None for any other."""
        claim = None if token is None else self._refresh_tokens.read(token)
        return None if claim is None else claim.session_id

    async def refresh(self, token: str | None) -> Pair:
        """A new pair; the token is spent.

        Spent a moment ago, with its successor unused, it gives that successor again. Raises
        `RefreshReused` for another spent one, whose session it ends, and `NotAuthenticated` for
        an unknown, ended or expired one.
        """
        claim = None if token is None else self._refresh_tokens.read(token)
        if claim is None:
            raise NotAuthenticated
        reuse = None
        async with self._database.transaction() as session:
            opened = await sessions.rotate(session, desk=self.desk, claim=claim)
            if opened is None:
                opened = await sessions.successor_of(session, claim=claim)
            if opened is None:
                reuse = await sessions.end_if_reused(session, desk=self.desk, claim=claim)
                # Once: it is for the log, which is never cut, and whoever has it may go on.
                if reuse is not None and reuse.is_first:
                    await note_own(session, user_id=reuse.user_id, action="refresh.reused")
        # Only now: a refusal inside the transaction would take the ending back.
        if reuse is not None:
            raise RefreshReused
        if opened is None:
            raise NotAuthenticated
        return self.door.pair(opened)

    async def logout(self, *, actor: Actor | None, refresh_token: str | None) -> None:
        """Ends the session of the refresh token and that of the actor.

        Raises `NotAuthenticated` where neither says who one is.
        """
        claim = None if refresh_token is None else self._refresh_tokens.read(refresh_token)
        if actor is None and claim is None:
            raise NotAuthenticated
        async with self._database.transaction() as session:
            if claim is not None:
                owner = await sessions.owner_of(session, session_id=claim.session_id)
                if owner is not None:
                    await self._end(session, user_id=owner, session_id=claim.session_id)
            if actor is not None:
                await self._end(session, user_id=actor.user_id, session_id=actor.session_id)

    async def logout_everywhere(self, actor: Actor) -> None:
        """Ends every session of the actor."""
        async with self._database.transaction() as session:
            ended = await sessions.end_sessions(
                session, desk=self.desk, user_id=actor.user_id, why=Why.LOGOUT
            )
            await note_own(
                session,
                user_id=actor.user_id,
                action="session.ended_all",
                details={"sessions": ended},
            )

    async def end_one(self, actor: Actor, *, session_id: SessionId) -> None:
        """Ends one of the actor's own sessions; raises `UnknownSession`."""
        async with self._database.transaction() as session:
            if await self._end(session, user_id=actor.user_id, session_id=session_id) == 0:
                raise UnknownSession

    async def change_password(
        self, actor: Actor, *, body: PasswordChangeBody, client: Client
    ) -> Pair:
        """Ends every session and opens a new one.

        Raises `InvalidCredentials`, `TooManyAttempts`, `Invalid`.
        """
        async with self._database.transaction() as session:
            known = await queries.credentials_by_id(session, user_id=actor.user_id)
            profile = await queries.profile(session, user_id=actor.user_id)
        if known is None or profile is None:
            raise NotAuthenticated
        await self._require_password(
            known, given=body.current_password, email=profile.email, client=client
        )
        passwords.require_acceptable(
            body.new_password,
            email=profile.email,
            full_name=profile.full_name,
            field="newPassword",
        )
        encoded = await self._hashes.make(body.new_password)
        async with self._database.transaction() as session:
            values = {"id": actor.user_id, "old": known.password_hash, "new": encoded}
            if (await session.execute(_REHASH, values)).first() is None:
                raise InvalidCredentials
            await sessions.end_sessions(
                session, desk=self.desk, user_id=actor.user_id, why=Why.PASSWORD
            )
            await proofs.drop_links(session, user_id=actor.user_id, purpose=Purpose.RESET)
            await challenges.drop(session, user_id=actor.user_id)
            await self._letters.password_changed(session, user_id=actor.user_id)
            await note_own(session, user_id=actor.user_id, action="password.changed")
            opened = await sessions.open_session(
                session,
                desk=self.desk,
                user_id=actor.user_id,
                password_hash=encoded,
                user_agent=client.user_agent,
            )
        if opened is None:
            raise NotAuthenticated
        return self.door.pair(opened)

    async def confirm_password(self, actor: Actor, *, given: str, client: Client) -> Credentials:
        """The actor's credentials if the password is theirs; else `InvalidCredentials`."""
        async with self._database.transaction() as session:
            known = await queries.credentials_by_id(session, user_id=actor.user_id)
            profile = await queries.profile(session, user_id=actor.user_id)
        if known is None or profile is None:
            raise NotAuthenticated
        await self._require_password(known, given=given, email=profile.email, client=client)
        return known

    async def _require_password(
        self, known: Credentials | None, *, given: str, email: str, client: Client
    ) -> None:
        device = None
        if known is not None:
            device = self.door.device_tokens.device_of(client.device_token, user_id=known.user_id)
        try:
            await self._attempts.spend(email, address=client.address, device=device)
        except TooManyAttempts as refusal:
            # Once a window: a guesser past a limit must not fill the log as well.
            if refusal.is_first:
                who = None if known is None else known.user_id
                await note_refused(self._database, user_id=who, action="sign_in.limited")
            raise
        # Who came as a visitor has none, and is as slow to be refused as anybody.
        encoded = None if known is None else known.password_hash or None
        is_right = await self._hashes.matches(given, encoded=encoded)
        if known is None or known.is_disabled or not is_right:
            who = None if known is None else known.user_id
            await note_refused(self._database, user_id=who, action="sign_in.refused")
            raise InvalidCredentials
        await self._attempts.give_back(email, address=client.address, device=device)

    async def _end(self, session: Session, *, user_id: UserId, session_id: SessionId) -> int:
        ended = await sessions.end_sessions(
            session,
            desk=self.desk,
            user_id=user_id,
            why=Why.LOGOUT,
            session_ids=[session_id],
        )
        if ended:
            known = caller.get()
            await note_own(
                session,
                user_id=user_id,
                action="session.ended",
                session_id=session_id if known is None else None,
                details={"sessionId": str(session_id)},
            )
        return ended


_REGISTER = text(
    "INSERT INTO users (id, email, password_hash, full_name, phone_sealed) "
    "VALUES (:id, :email, :hash, :name, :phone) ON CONFLICT DO NOTHING RETURNING id"
)
_REHASH = text(
    "UPDATE users SET password_hash = :new, updated_at = now() "
    "WHERE id = :id AND password_hash = :old AND disabled_at IS NULL RETURNING id"
)
