"""A person's own account: profile, preferences, sessions, export, erasure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import text

from arenapulse.core.errors import Invalid, NotAuthenticated
from arenapulse.core.ids import UserId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity import phone, preference, queries, useragent
from arenapulse.identity.erasure import Erasable, Exporter
from arenapulse.identity.errors import InvalidCredentials
from arenapulse.identity.queries.factors import methods_of, passkeys_of
from arenapulse.identity.schemas import (
    Actor,
    Notifications,
    Preferences,
    ProfileChange,
    SessionRecord,
    SessionView,
    UserProfile,
)
from arenapulse.identity.service import administering, organizations, sessions
from arenapulse.identity.service.entering import Client
from arenapulse.identity.service.invitations import invitations_to
from arenapulse.identity.service.noting import note_own
from arenapulse.identity.service.sealing import sealed_phone
from arenapulse.identity.service.sessions import Desk, Why, profile_key, sessions_key
from arenapulse.identity.service.sign_in import SignIn
from arenapulse.identity.terms import TIMEZONE_DEFAULT
from arenapulse.notifications.service.forgetting import forget_address
from arenapulse.runtime.cache import SESSION_DATA, USER_PREFERENCES
from arenapulse.runtime.db import SERVICE, Database, Session
from arenapulse.runtime.web.idempotency import forget_answers

DEFAULT_PREFERENCES: Final = Preferences(
    locale="en",
    currency="EUR",
    timezone=TIMEZONE_DEFAULT,
    notifications=Notifications(email=True, sms=False, push=False),
)


@dataclass(frozen=True, slots=True)
class People:
    """`erasables` and `exporters` are the higher slices that keep something about a person."""

    database: Database
    desk: Desk
    sign_in: SignIn
    erasables: Sequence[Erasable] = ()
    exporters: Sequence[Exporter] = ()
    may_export: Callable[[], None] = lambda: None
    """Raises `Unavailable` while nobody is given what is kept about them."""

    async def profile(self, actor: Actor) -> UserProfile:
        """Cached for the life of a session; raises `NotAuthenticated` for who was erased."""

        async def load() -> bytes | None:
            async with self.database.transaction() as session:
                found = await queries.profile(session, user_id=actor.user_id)
            return None if found is None else found.model_dump_json().encode()

        key = profile_key(actor.user_id)
        return UserProfile.model_validate_json(
            _there(await self.desk.cache.get(SESSION_DATA, key, load=load))
        )

    async def change_profile(self, actor: Actor, *, change: ProfileChange) -> UserProfile:
        """Changes the fields that were sent; raises `Invalid`."""
        values = _profile_values(change)
        async with self.database.transaction() as session:
            if "phone_number" in values:
                number = values["phone_number"]
                values["phone_sealed"] = sealed_phone(session, user_id=actor.user_id, number=number)
                values["phone_number"] = None
            if values:
                changed = await session.execute(
                    text(_CHANGE.format(", ".join(f"{name} = :{name}" for name in values))),
                    values | {"id": actor.user_id},
                )
                if changed.first() is None:
                    raise NotAuthenticated
                session.after_commit(
                    partial(self.desk.cache.invalidate, SESSION_DATA, profile_key(actor.user_id))
                )
            found = await queries.profile(session, user_id=actor.user_id)
        if found is None:
            raise NotAuthenticated
        return found

    async def preferences(self, actor: Actor) -> Preferences:
        """What the person chose, or the defaults; cached for 12 hours."""

        async def load() -> bytes | None:
            async with self.database.transaction() as session:
                found = await queries.preferences(session, user_id=actor.user_id)
            return (found or DEFAULT_PREFERENCES).model_dump_json().encode()

        return Preferences.model_validate_json(
            _there(await self.desk.cache.get(USER_PREFERENCES, str(actor.user_id), load=load))
        )

    async def set_preferences(self, actor: Actor, *, wanted: Preferences) -> Preferences:
        """Replaces them whole; raises `Invalid`."""
        preference.require_known(
            locale=wanted.locale, currency=wanted.currency, timezone=wanted.timezone
        )
        async with self.database.transaction() as session:
            changed = await session.execute(
                _SET_PREFERENCES, {"id": actor.user_id, "wanted": wanted.model_dump_json()}
            )
            if changed.first() is None:
                raise NotAuthenticated
            session.after_commit(
                partial(self.desk.cache.invalidate, USER_PREFERENCES, str(actor.user_id))
            )
        return wanted

    async def sessions(self, actor: Actor, *, page: PageRequest) -> Page[SessionView]:
        """The living sessions, last used first; `current` is the one that asks."""
        records = await self._records(actor.user_id)
        views = [
            SessionView(
                current=record.id == actor.session_id,
                device=useragent.name_of(record.user_agent),
                **record.model_dump(),
            )
            for record in records[page.offset : page.offset + page.limit]
        ]
        return Page(views, page, len(records))

    async def _records(self, user_id: UserId) -> list[SessionRecord]:
        async def load() -> bytes:
            async with self.database.transaction() as session:
                found = await queries.living_sessions(session, user_id=user_id)
            return msgspec.json.encode([record.model_dump(mode="json") for record in found])

        key = sessions_key(user_id)
        raw = _there(await self.desk.cache.get(SESSION_DATA, key, load=load))
        return [SessionRecord.model_validate(record) for record in msgspec.json.decode(raw)]

    async def export(self, actor: Actor) -> dict[str, Any]:
        """All that is kept about the person, a section for each slice that keeps something.

        Raises `Unavailable` while it is switched off.
        """
        self.may_export()
        async with self.database.transaction() as session:
            profile = await queries.profile(session, user_id=actor.user_id)
            if profile is None:
                raise NotAuthenticated
            chosen = await queries.preferences(session, user_id=actor.user_id)
            living = await queries.living_sessions(session, user_id=actor.user_id)
            made: dict[str, Any] = {
                "profile": profile.model_dump(mode="json"),
                "preferences": (chosen or DEFAULT_PREFERENCES).model_dump(mode="json"),
                "sessions": [record.model_dump(mode="json", by_alias=True) for record in living],
            }
            made["invitations"] = await invitations_to(session, email=profile.email)
            made["secondFactors"] = await methods_of(session, user_id=actor.user_id)
            made["passkeys"] = [
                key.model_dump(mode="json", by_alias=True)
                for key in await passkeys_of(session, user_id=actor.user_id)
            ]
            for exporter in self.exporters:
                made[exporter.name] = await exporter.export(session, user_id=actor.user_id)
        return made

    async def erase(self, actor: Actor, *, password: str, client: Client) -> None:
        """Forgets the person: holds are released, sessions end, the ledger stays without them.

        Raises `InvalidCredentials`, `TooManyAttempts`, `LastOwner` where an organization with
        other members would be left without an OWNER, and `LastAdmin` for the last ADMIN.
        """
        known = await self.sign_in.confirm_password(actor, given=password, client=client)
        # By address too, which is nobody's any more once the account has forgotten it.
        async with self.database.transaction(actor=SERVICE) as session:
            # Before the account's row is locked: whoever sells holds stock first, accounts later.
            for erasable in self.erasables:
                await erasable.erase(session, user_id=actor.user_id)
            await administering.require_another(session, user_id=actor.user_id)
            erased = await session.execute(
                _ERASE, {"id": actor.user_id, "hash": known.password_hash}
            )
            if erased.first() is None:
                raise InvalidCredentials
            for statement in _FORGET:
                await session.execute(statement, {"id": actor.user_id, "email": known.email})
            await forget_address(session, address=known.email)
            await forget_answers(session, person=str(actor.user_id))
            await organizations.leave_all(session, desk=self.desk, user_id=actor.user_id)
            await sessions.end_sessions(
                session, desk=self.desk, user_id=actor.user_id, why=Why.ERASURE
            )
            await note_own(session, user_id=actor.user_id, action="account.erased")
            self._forget_caches(session, user_id=actor.user_id)

    def _forget_caches(self, session: Session, *, user_id: UserId) -> None:
        cache = self.desk.cache
        session.after_commit(partial(cache.invalidate, SESSION_DATA, profile_key(user_id)))
        session.after_commit(partial(cache.invalidate, USER_PREFERENCES, str(user_id)))


def _there(found: bytes | None) -> bytes:
    if found is None:
        raise NotAuthenticated
    return found


def _profile_values(change: ProfileChange) -> dict[str, Any]:
    values: dict[str, Any] = {}
    sent = change.model_fields_set
    if "full_name" in sent:
        if change.full_name is None:
            raise Invalid.on("fullName", "must not be null")
        values["full_name"] = change.full_name
    if "phone_number" in sent:
        number = change.phone_number
        values["phone_number"] = None if number is None else phone.normalized(number)
    return values


_CHANGE: Final = (
    "UPDATE users SET {}, updated_at = now() WHERE id = :id AND erased_at IS NULL RETURNING id"
)
_SET_PREFERENCES = text(
    "UPDATE users SET preferences = CAST(:wanted AS jsonb), updated_at = now() "
    "WHERE id = :id AND erased_at IS NULL RETURNING id"
)
_FORGET = (
    *(
        text(f"DELETE FROM {table} WHERE user_id = :id")
        for table in (
            *("mail_tokens", "totp_factors", "recovery_codes"),
            *("passkeys", "sign_in_challenges", "known_devices"),
        )
    ),
    text("DELETE FROM invitations WHERE email = :email"),
    text("DELETE FROM reset_requests WHERE email = :email"),
    text("UPDATE sessions SET user_agent = '' WHERE user_id = :id"),
)
_ERASE = text(
    "UPDATE users SET email = 'erased-' || id || '@erased.invalid', password_hash = '', "
    "full_name = '', phone_number = NULL, phone_sealed = NULL, "
    "email_verified_at = NULL, roles = '{}', "
    "preferences = NULL, disabled_at = now(), erased_at = now(), updated_at = now() "
    "WHERE id = :id AND password_hash = :hash AND erased_at IS NULL RETURNING id"
)
