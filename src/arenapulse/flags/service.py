"""Flags are read and set by who administers the platform, and each change is written down."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from arenapulse.core.errors import Forbidden, Invalid
from arenapulse.flags import queries
from arenapulse.flags.errors import TooManyFlags
from arenapulse.flags.schemas import FlagsBody, FlagsView, FlagTarget, TargetView
from arenapulse.flags.targeting import Flag
from arenapulse.flags.terms import AIMED, DEFAULTS, NAMES_MAX
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session

NEARLY: Final = 0.75
"""From so alike on a name is a slip: `campain`, `Payments`, `mails`, `best-available`."""
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "arenapulse:flags")


async def read(session: Session, *, actor: Actor) -> FlagsView:
    """Raises `Forbidden` for who is no ADMIN."""
    _require_admin(actor)
    return _view(await queries.read_in(session))


async def change(session: Session, *, actor: Actor, body: FlagsBody) -> FlagsView:
    """Sets those that are named.

    Raises `Forbidden`, `Invalid` for a target of a flag that is asked for nobody in particular
    and for a name that no code asks for, and `TooManyFlags` past `NAMES_MAX`.
    """
    _require_admin(actor)
    for name in body.targets:
        if not _is_targetable(name):
            raise Invalid.on(f"targets.{name}", "is on for all or for nobody")
    before = await queries.read_locked(session)
    for name in body.flags.keys() | body.targets.keys():
        # What was set by the version before, or by the next, can still be taken back.
        if name not in before:
            _refuse_unknown(name)
    wanted = _wanted(body, before=before)
    if len(before.keys() | wanted.keys()) > NAMES_MAX:
        raise TooManyFlags
    changed = {name: flag for name, flag in wanted.items() if before.get(name) != flag}
    await queries.write(session, flags=changed, by=actor.user_id)
    for name, flag in changed.items():
        was = before.get(name)
        await audit(
            session,
            actor_id=actor.user_id,
            organization_id=None,
            action="flags.change",
            subject_id=subject_of(name),
            details=_details(name, was=was, now=flag),
        )
    return _view(before | wanted)


def _refuse_unknown(name: str) -> None:
    """Who is in a hurry would believe that something is off, and it goes on."""
    if name in DEFAULTS:
        return
    meant = get_close_matches(name.lower(), DEFAULTS, n=1, cutoff=NEARLY)
    hint = f"{meant[0]} is meant? " if meant else ""
    known = ", ".join(sorted(DEFAULTS))
    raise Invalid.on(f"flags.{name}", f"nothing asks for it: {hint}There are {known}")


def _wanted(body: FlagsBody, *, before: dict[str, Flag]) -> dict[str, Flag]:
    made: dict[str, Flag] = {}
    for name in body.flags.keys() | body.targets.keys():
        flag = before.get(name, Flag(is_on=DEFAULTS.get(name, False)))
        if name in body.flags:
            flag = replace(flag, is_on=body.flags[name])
        if name in body.targets:
            flag = _aimed(flag, at=body.targets[name])
        made[name] = flag
    return made


def _aimed(flag: Flag, *, at: FlagTarget | None) -> Flag:
    if at is None:
        return Flag(is_on=flag.is_on)
    return Flag(
        is_on=flag.is_on,
        people=frozenset(at.people),
        organizations=frozenset(at.organizations),
        percentage=at.percentage,
    )


def _is_targetable(name: str) -> bool:
    return name in AIMED or name not in DEFAULTS


def _view(flags: dict[str, Flag]) -> FlagsView:
    standing = dict(DEFAULTS) | {name: flag.is_on for name, flag in flags.items()}
    return FlagsView(
        flags=standing,
        targets={name: _target(flag) for name, flag in flags.items() if not flag.is_for_all},
        targetable=sorted(filter(_is_targetable, standing)),
    )


def _target(flag: Flag) -> TargetView:
    return TargetView(
        people=sorted(flag.people),
        organizations=sorted(flag.organizations),
        percentage=flag.percentage or 0,
    )


def _details(name: str, *, was: Flag | None, now: Flag) -> dict[str, object]:
    before = DEFAULTS.get(name) if was is None else was.is_on
    details: dict[str, object] = {"name": name, "before": before, "after": now.is_on}
    for when, flag in (("for_before", was), ("for_after", now)):
        if flag is not None and not flag.is_for_all:
            details[when] = _target(flag).model_dump(mode="json")
    return details


def subject_of(name: str) -> UUID:
    """The audit log is found by ids, and a flag has a name: the same id each time."""
    return uuid5(_NAMESPACE, name)


def _require_admin(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden
