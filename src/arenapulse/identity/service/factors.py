"""Second factors: codes of the time, recovery codes, passkeys; each answer is good once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from arenapulse.core import clock
from arenapulse.core.errors import NotAuthenticated
from arenapulse.core.ids import UserId, new_id
from arenapulse.identity import passkeys, qrcode, queries, recoverycode, totp
from arenapulse.identity.errors import (
    FactorStands,
    MfaRefused,
    PasskeyNotTaken,
    TooManyAttempts,
    TooManyPasskeys,
    UnknownPasskey,
)
from arenapulse.identity.passkeys import Ceremonies, PasskeyRefused
from arenapulse.identity.queries import factors as factor_queries
from arenapulse.identity.schemas import Actor
from arenapulse.identity.schemas.factors import PasskeyMade, PasskeyView, TotpView
from arenapulse.identity.service import challenges
from arenapulse.identity.service.attempts import Attempts
from arenapulse.identity.service.challenges import Asked
from arenapulse.identity.service.noting import note_own, note_refused
from arenapulse.identity.service.proofs import Letters
from arenapulse.identity.service.sessions import Desk, Why, end_sessions
from arenapulse.identity.terms import TOTP_PURPOSE, totp_place
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database, Session

PASSKEYS_MAX: Final = 20
"""Of one person."""


@dataclass(frozen=True, slots=True)
class Factors:
    """One a process."""

    database: Database
    keyring: Keyring
    ceremonies: Ceremonies
    attempts: Attempts
    desk: Desk
    letters: Letters
    admin_needs_factor: bool = False
    """ADMIN counts only for who has one: with the last, what was handed out to them ends."""

    async def start_totp(self, actor: Actor) -> TotpView:
        """A new secret, which counts once a code of it came back; raises `FactorStands`."""
        secret = totp.minted()
        sealed = self.keyring.seal(secret, purpose=TOTP_PURPOSE, bound_to=totp_place(actor.user_id))
        async with self.database.transaction() as session:
            person = await queries.profile(session, user_id=actor.user_id)
            if person is None:
                raise NotAuthenticated
            values = {"user": actor.user_id, "secret": sealed, "now": clock.now()}
            if (await session.execute(_BEGIN, values)).first() is None:
                raise FactorStands
        uri = totp.uri(secret, email=person.email)
        return TotpView(secret=totp.shown(secret), otpauth_uri=uri, qr_svg=qrcode.svg(uri))

    async def confirm_totp(self, actor: Actor, *, code: str) -> list[str] | None:
        """The factor counts from now on; the recovery codes, where there were none.

        Raises `MfaRefused`, also for one that counts already, and `TooManyAttempts`.
        """
        async with self.trying(actor.user_id), self.database.transaction() as session:
            step = await self._step(session, user_id=actor.user_id, code=code, confirmed=False)
            if step is None:
                raise MfaRefused
            values = {"user": actor.user_id, "step": step, "now": clock.now()}
            if (await session.execute(_CONFIRM, values)).first() is None:
                raise MfaRefused
            codes = await self._first_codes(session, user_id=actor.user_id)
            await self._tell(session, actor=actor, change="totp_added")
        return codes

    async def remove_totp(self, actor: Actor, *, code: str) -> None:
        """Takes it away, against a code of it or a recovery code; raises `MfaRefused`."""
        async with self.trying(actor.user_id), self.database.transaction() as session:
            if not await self.take_code(session, user_id=actor.user_id, code=code):
                raise MfaRefused
            if (await session.execute(_REMOVE, {"user": actor.user_id})).first() is None:
                raise MfaRefused
            await self._forget_codes(session, user_id=actor.user_id)
            await self._tell(session, actor=actor, change="totp_removed")

    @asynccontextmanager
    async def trying(self, user_id: UserId) -> AsyncGenerator[None, None]:
        """A code is tried within: it is counted first, given back if it was right, noted if not.

        Raises `TooManyAttempts`; the account's owner sees in the log that it was guessed at.
        """
        try:
            await self.attempts.spend_code(user_id)
        except TooManyAttempts as refusal:
            if refusal.is_first:
                await note_refused(self.database, user_id=user_id, action="mfa.limited")
            raise
        try:
            yield
        except MfaRefused:
            await note_refused(self.database, user_id=user_id, action="mfa.refused")
            raise
        await self.attempts.give_code_back(user_id)

    async def take_code(self, session: Session, *, user_id: UserId, code: str) -> bool:
        """Whether it is a code of now that was not taken, or a recovery code not used before."""
        if code.isascii() and code.isdigit():
            step = await self._step(session, user_id=user_id, code=code, confirmed=True)
            if step is None:
                return False
            taken = await session.execute(_TAKE, {"user": user_id, "step": step})
            return taken.first() is not None
        hashes = [
            recoverycode.hash_of(code, key=key, user_id=user_id)
            for key in self.keyring.derive_each(recoverycode.PURPOSE)
        ]
        used = await session.execute(_USE, {"user": user_id, "hashes": hashes, "now": clock.now()})
        return used.first() is not None

    async def new_codes(self, actor: Actor) -> list[str]:
        """Ten recovery codes; the former ones are good no more. Raises `MfaRefused` without MFA."""
        async with self.database.transaction() as session:
            if not await factor_queries.methods_of(session, user_id=actor.user_id):
                raise MfaRefused
            codes = await self._make_codes(session, user_id=actor.user_id)
            await self._tell(session, actor=actor, change="recovery_codes_made")
        return codes

    async def passkey_options(self, actor: Actor) -> tuple[str, Any]:
        """A token for the answer and what the browser is to make."""
        nonce = self.ceremonies.challenge()
        async with self.database.transaction() as session:
            person = await queries.profile(session, user_id=actor.user_id)
            if person is None:
                raise NotAuthenticated
            known = await factor_queries.credential_ids_of(session, user_id=actor.user_id)
            if len(known) >= PASSKEYS_MAX:
                raise TooManyPasskeys
            token = await challenges.ask(
                session, what=Asked.NEW_KEY, user_id=actor.user_id, nonce=nonce
            )
        options = self.ceremonies.new_key_options(
            challenge=nonce,
            user_id=actor.user_id.bytes,
            email=person.email,
            full_name=person.full_name,
            known=known,
        )
        return token, options

    async def add_passkey(
        self, actor: Actor, *, token: str, name: str, credential: Mapping[str, Any]
    ) -> PasskeyMade:
        """The key counts from now on; with recovery codes, where there were none.

        Raises `PasskeyNotTaken` for an answer to another question, of another site, or by a key
        that is known already.
        """
        async with self.database.transaction() as session:
            asked = await challenges.attempt(session, what=Asked.NEW_KEY, token=token)
        if asked is None or asked.user_id != actor.user_id:
            raise PasskeyNotTaken.on("challengeToken", "is none, was used, or is over")
        try:
            key = self.ceremonies.new_key(credential, challenge=asked.nonce)
        except PasskeyRefused:
            raise PasskeyNotTaken.on("credential", "is no answer to what was asked") from None
        now, passkey_id = clock.now(), new_id()
        values = {
            "id": passkey_id,
            "user": actor.user_id,
            "credential": key.credential_id,
            "key": key.public_key,
            "counter": key.counter,
            "name": name,
            "now": now,
            "most": PASSKEYS_MAX,
        }
        async with self.database.transaction() as session:
            if not await challenges.answered(session, what=Asked.NEW_KEY, token=token):
                raise PasskeyNotTaken.on("challengeToken", "is none, was used, or is over")
            if (await session.execute(_ADD_KEY, values)).first() is None:
                raise PasskeyNotTaken.on("credential", "is known already")
            codes = await self._first_codes(session, user_id=actor.user_id)
            await self._tell(session, actor=actor, change="passkey_added")
        return PasskeyMade(
            id=passkey_id, name=name, created_at=now, last_used_at=None, recovery_codes=codes
        )

    async def rename_passkey(self, actor: Actor, *, passkey_id: UUID, name: str) -> PasskeyView:
        """Raises `UnknownPasskey`."""
        async with self.database.transaction() as session:
            values = {"id": passkey_id, "user": actor.user_id, "name": name}
            row = (await session.execute(_RENAME_KEY, values)).one_or_none()
        if row is None:
            raise UnknownPasskey
        return PasskeyView.model_validate(row)

    async def remove_passkey(self, actor: Actor, *, passkey_id: UUID) -> None:
        """Raises `UnknownPasskey`."""
        async with self.database.transaction() as session:
            values = {"id": passkey_id, "user": actor.user_id}
            if (await session.execute(_REMOVE_KEY, values)).first() is None:
                raise UnknownPasskey
            await self._forget_codes(session, user_id=actor.user_id)
            await self._tell(session, actor=actor, change="passkey_removed")

    async def ask_for_key(self, session: Session, *, user_id: UserId | None) -> tuple[str, Any]:
        """A token for the answer and what the browser is to show: any key, or one of a person's."""
        nonce = self.ceremonies.challenge()
        known: list[bytes] = []
        if user_id is not None:
            known = await factor_queries.credential_ids_of(session, user_id=user_id)
        token = await challenges.ask(session, what=Asked.KEY, user_id=user_id, nonce=nonce)
        return token, self.ceremonies.sign_in_options(challenge=nonce, known=known)

    async def take_key(
        self, session: Session, *, nonce: bytes, credential: Mapping[str, Any]
    ) -> UserId | None:
        """Whose key answered; None for one that is not known, fell behind, or answered wrongly."""
        credential_id = passkeys.credential_id_of(credential)
        if credential_id is None:
            return None
        row = (await session.execute(_FIND_KEY, {"credential": credential_id})).one_or_none()
        if row is None:
            return None
        try:
            counter = self.ceremonies.counter_after(
                credential,
                challenge=nonce,
                public_key=bytes(row.public_key),
                counter=row.counter,
            )
        except PasskeyRefused:
            return None
        values = {"id": row.id, "before": row.counter, "counter": counter, "now": clock.now()}
        if (await session.execute(_USE_KEY, values)).first() is None:
            return None
        return UserId(row.user_id)

    async def owner_of_key(
        self, session: Session, *, credential: Mapping[str, Any]
    ) -> UserId | None:
        """Whose key it says it is, whatever it answered."""
        named = {"credential": passkeys.credential_id_of(credential)}
        row = (await session.execute(_FIND_KEY, named)).one_or_none()
        return None if row is None else UserId(row.user_id)

    async def _step(
        self, session: Session, *, user_id: UserId, code: str, confirmed: bool
    ) -> int | None:
        row = (
            await session.execute(_SECRET, {"user": user_id, "confirmed": confirmed})
        ).one_or_none()
        if row is None:
            return None
        secret = self.keyring.open(
            bytes(row.secret), purpose=TOTP_PURPOSE, bound_to=totp_place(user_id)
        )
        return totp.step_of(
            secret, code=code, unix_seconds=clock.unix_seconds(), after=row.last_step
        )

    async def _first_codes(self, session: Session, *, user_id: UserId) -> list[str] | None:
        if await session.scalar(_HAS_CODES, {"user": user_id}) is not None:
            return None
        return await self._make_codes(session, user_id=user_id)

    async def _make_codes(self, session: Session, *, user_id: UserId) -> list[str]:
        codes = [recoverycode.minted() for _ in range(recoverycode.COUNT)]
        key = self.keyring.derive(recoverycode.PURPOSE)
        hashes = [recoverycode.hash_of(code, key=key, user_id=user_id) for code in codes]
        await session.execute(_DROP_CODES, {"user": user_id})
        await session.execute(_ADD_CODES, {"user": user_id, "hashes": hashes})
        return codes

    async def _forget_codes(self, session: Session, *, user_id: UserId) -> None:
        """Where the last factor went there is nothing left to recover, and no ADMIN."""
        if await factor_queries.methods_of(session, user_id=user_id):
            return
        await session.execute(_DROP_CODES, {"user": user_id})
        if self.admin_needs_factor and await session.scalar(_IS_ADMIN, {"user": user_id}):
            await end_sessions(session, desk=self.desk, user_id=user_id, why=Why.ROLE)

    async def _tell(self, session: Session, *, actor: Actor, change: str) -> None:
        """In the log, and by mail: who did it may not be who it is."""
        self.desk.profile_changed(session, user_id=actor.user_id)
        await note_own(session, user_id=actor.user_id, action=f"identity.{change}")
        await self.letters.factor_changed(session, user_id=actor.user_id, change=change)


_BEGIN = text(
    "INSERT INTO totp_factors (user_id, secret, created_at) VALUES (:user, :secret, :now) "
    "ON CONFLICT (user_id) DO UPDATE SET secret = EXCLUDED.secret, last_step = 0, "
    "created_at = EXCLUDED.created_at WHERE totp_factors.confirmed_at IS NULL RETURNING user_id"
)
_SECRET = text(
    "SELECT secret, last_step FROM totp_factors "
    "WHERE user_id = :user AND (confirmed_at IS NOT NULL) = :confirmed"
)
_CONFIRM = text(
    "UPDATE totp_factors SET confirmed_at = :now, last_step = :step "
    "WHERE user_id = :user AND confirmed_at IS NULL RETURNING user_id"
)
_TAKE = text(
    "UPDATE totp_factors SET last_step = :step "
    "WHERE user_id = :user AND confirmed_at IS NOT NULL AND last_step < :step RETURNING user_id"
)
_REMOVE = text(
    "DELETE FROM totp_factors WHERE user_id = :user AND confirmed_at IS NOT NULL RETURNING user_id"
)
_USE = text(
    "UPDATE recovery_codes SET used_at = :now "
    "WHERE user_id = :user AND code_hash = ANY (:hashes) AND used_at IS NULL RETURNING user_id"
)
_IS_ADMIN = text("SELECT 'ADMIN' = ANY (roles) FROM users WHERE id = :user")
_HAS_CODES = text("SELECT 1 FROM recovery_codes WHERE user_id = :user LIMIT 1")
_DROP_CODES = text("DELETE FROM recovery_codes WHERE user_id = :user")
_ADD_CODES = text(
    "INSERT INTO recovery_codes (user_id, code_hash) SELECT :user, unnest(CAST(:hashes AS bytea[]))"
)
_ADD_KEY = text(
    "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, name, created_at) "
    "SELECT :id, :user, :credential, :key, :counter, :name, :now "
    "WHERE (SELECT count(*) FROM passkeys WHERE user_id = :user) < :most "
    "ON CONFLICT (credential_id) DO NOTHING RETURNING id"
)
_RENAME_KEY = text(
    "UPDATE passkeys SET name = :name WHERE id = :id AND user_id = :user "
    "RETURNING id, name, created_at, last_used_at"
)
_REMOVE_KEY = text("DELETE FROM passkeys WHERE id = :id AND user_id = :user RETURNING id")
_FIND_KEY = text(
    "SELECT id, user_id, public_key, counter FROM passkeys WHERE credential_id = :credential"
)
_USE_KEY = text(
    "UPDATE passkeys SET counter = :counter, last_used_at = :now "
    "WHERE id = :id AND counter = :before RETURNING id"
)
