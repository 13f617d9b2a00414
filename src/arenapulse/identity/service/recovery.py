"""A forgotten password and an unproved address: who asks learns nothing, the mailbox decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from arenapulse.core.errors import Invalid, TooManyRequests
from arenapulse.core.ids import UserId, new_id
from arenapulse.identity import address, passwords, queries
from arenapulse.identity.passwords import PasswordHashes
from arenapulse.identity.schemas import Actor, ResetBody
from arenapulse.identity.service import challenges, proofs, sessions
from arenapulse.identity.service.attempts import Attempts
from arenapulse.identity.service.entering import Client
from arenapulse.identity.service.noting import note_own
from arenapulse.identity.service.proofs import Letters, Purpose
from arenapulse.identity.service.sessions import Desk, Why
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue

ANSWER_TASK: Final = "identity.answer_reset_request"
_DEAD: Final = "is none, was used, or is over: ask for a new one"


@dataclass(frozen=True, slots=True)
class Recovery:
    """One a process."""

    database: Database
    hashes: PasswordHashes
    desk: Desk
    letters: Letters
    attempts: Attempts

    async def forgot(self, email: str) -> None:
        """Notes the wish. A worker looks who it is: both answers are made by the same statements.

        Raises `Invalid` for what is no address.
        """
        request_id = new_id()
        values = {"id": request_id, "email": address.normalized(email)}
        async with self.database.transaction() as session:
            await session.execute(_ASK, values)
            await enqueue(session, ANSWER_TASK, payload={"request_id": request_id})

    async def reset(self, body: ResetBody, *, client: Client) -> None:
        """A new password by the link; every session ends, and the address is proved.

        Second factors stay where the mailbox and the account were one person's already; where they
        were not, whoever typed the address first would keep a way in.
        Raises `Invalid` on `token` for a dead one, on `password` for one that may not be.
        """
        async with self.database.transaction() as session:
            proof = await proofs.look(session, purpose=Purpose.RESET, token=body.token)
            person = None
            if proof is not None:
                person = await queries.profile(session, user_id=proof.user_id)
        if proof is None or person is None:
            raise Invalid.on("token", _DEAD)
        passwords.require_acceptable(
            body.password, email=person.email, full_name=person.full_name, field="password"
        )
        encoded = await self.hashes.make(body.password)
        async with self.database.transaction() as session:
            proof = await proofs.spend(session, purpose=Purpose.RESET, token=body.token)
            if proof is None:
                raise Invalid.on("token", _DEAD)
            set_ = await session.execute(_SET, {"id": proof.user_id, "hash": encoded})
            if set_.first() is None:
                raise Invalid.on("token", _DEAD)
            await proofs.drop_links(session, user_id=proof.user_id, purpose=Purpose.RESET)
            await challenges.drop(session, user_id=proof.user_id)
            if (await session.execute(_DISOWN, {"id": proof.user_id})).one().gone:
                await note_own(session, user_id=proof.user_id, action="identity.factors_dropped")
            await proofs.prove(session, desk=self.desk, proof=proof)
            await sessions.end_sessions(
                session, desk=self.desk, user_id=proof.user_id, why=Why.PASSWORD
            )
            await self.letters.password_changed(session, user_id=proof.user_id)
            await note_own(session, user_id=proof.user_id, action="password.reset")
        await self.attempts.know(proof.email, address=client.address)

    async def verify(self, token: str, *, actor: Actor | None) -> None:
        """The address is the person's; raises `Invalid` on `token` for a dead one.

        `actor` is who follows the link, where they are signed in.
        """
        async with self.database.transaction() as session:
            proof = await proofs.spend(session, purpose=Purpose.VERIFY, token=token)
            if proof is None:
                raise Invalid.on("token", _DEAD)
            await proofs.drop_links(session, user_id=proof.user_id, purpose=Purpose.VERIFY)
            is_theirs = actor is not None and actor.user_id == proof.user_id
            await proofs.prove(session, desk=self.desk, proof=proof, is_theirs=is_theirs)

    async def send_again(self, actor: Actor) -> None:
        """Another link to one's own address, if no session of theirs proved it yet.

        Raises `TooManyRequests`.
        """
        async with self.database.transaction() as session:
            if not await session.scalar(_MAY_PROVE, {"id": actor.user_id}):
                return
            if not await self.letters.send_link(
                session, user_id=actor.user_id, purpose=Purpose.VERIFY
            ):
                raise TooManyRequests(retry_after_seconds=3600)


async def answer_request(session: Session, *, request_id: UUID, letters: Letters) -> None:
    """A link for who has an account, nothing for who has none; run again, it finds no request."""
    email = await session.scalar(_TAKE, {"id": request_id})
    if email is None:
        return
    known = await queries.credentials_by_email(session, email=email)
    if known is not None and not known.is_disabled:
        await letters.send_link(session, user_id=UserId(known.user_id), purpose=Purpose.RESET)


_ASK = text("INSERT INTO reset_requests (id, email) VALUES (:id, :email)")
_TAKE = text("DELETE FROM reset_requests WHERE id = :id RETURNING email")
_SET = text(
    "UPDATE users SET password_hash = :hash, updated_at = now() "
    "WHERE id = :id AND disabled_at IS NULL AND erased_at IS NULL RETURNING id"
)
_UNPROVED: Final = "(email_verified_at IS NULL OR proved_by_link_alone)"
_MAY_PROVE = text(
    f"SELECT EXISTS (SELECT FROM users WHERE id = :id AND erased_at IS NULL AND {_UNPROVED})"
)
_DISOWN = text(
    f"WITH person AS (SELECT id FROM users WHERE id = :id AND {_UNPROVED}), "
    + ", ".join(
        f"{table}_gone AS (DELETE FROM {table} USING person WHERE user_id = person.id RETURNING 1)"
        for table in ("passkeys", "totp_factors", "recovery_codes")
    )
    + " SELECT EXISTS (SELECT 1 FROM passkeys_gone) OR EXISTS (SELECT 1 FROM totp_factors_gone) "
    "OR EXISTS (SELECT 1 FROM recovery_codes_gone) AS gone"
)
