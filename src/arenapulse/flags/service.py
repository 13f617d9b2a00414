"""Flags are read and set by who administers the platform, and each change is written down."""

from __future__ import annotations

from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from arenapulse.core.errors import Forbidden
from arenapulse.flags import queries
from arenapulse.flags.errors import TooManyFlags
from arenapulse.flags.schemas import FlagsView
from arenapulse.flags.terms import DEFAULTS, NAMES_MAX
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "arenapulse:flags")


async def read(session: Session, *, actor: Actor) -> FlagsView:
    """Raises `Forbidden` for who is no ADMIN."""
    _require_admin(actor)
    return FlagsView(flags=dict(DEFAULTS) | await queries.read_in(session))


async def change(session: Session, *, actor: Actor, flags: dict[str, bool]) -> FlagsView:
    """Sets those that are named. Raises `Forbidden`, and `TooManyFlags` past `NAMES_MAX`."""
    _require_admin(actor)
    before = await queries.read_locked(session)
    if len(before.keys() | flags.keys()) > NAMES_MAX:
        raise TooManyFlags
    await queries.write(session, flags=flags, by=actor.user_id)
    for name, is_on in flags.items():
        was = before.get(name, DEFAULTS.get(name))
        if was is not is_on:
            await audit(
                session,
                actor_id=actor.user_id,
                action="flags.change",
                subject_id=subject_of(name),
                details={"name": name, "before": was, "after": is_on},
            )
    return FlagsView(flags=dict(DEFAULTS) | before | flags)


def subject_of(name: str) -> UUID:
    """The audit log is found by ids, and a flag has a name: the same id each time."""
    return uuid5(_NAMESPACE, name)


def _require_admin(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden
