"""API keys of an organization: made, shown, ended."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import text

from arenapulse.core.ids import OrganizationId, UserId, new_id
from arenapulse.identity import apikey, queries
from arenapulse.identity.errors import TooManyKeys, UnknownKey
from arenapulse.identity.schemas import Actor, KeyBody, KeyMade
from arenapulse.identity.terms import SIGNING_PURPOSE, signing_place
from arenapulse.runtime.audit import audit
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Session

KEYS_MAX: Final = 50
"""Living keys of one organization."""


async def make_key(
    session: Session,
    *,
    keyring: Keyring,
    actor: Actor,
    organization_id: OrganizationId,
    body: KeyBody,
    now: dt.datetime,
) -> KeyMade:
    """A new key with its secrets, which are shown this once; raises `TooManyKeys`."""
    await session.execute(_LOCK_ORGANIZATION, {"id": organization_id})
    if await queries.living_keys(session, organization_id=organization_id, now=now) >= KEYS_MAX:
        raise TooManyKeys
    key_id, key, secret = UserId(new_id()), apikey.minted(), apikey.signing_secret()
    await session.execute(
        _INSERT,
        {
            "id": key_id,
            "organization": organization_id,
            "name": body.name,
            "role": body.role.value,
            "prefix": key[: apikey.SHOWN_LENGTH],
            "hash": apikey.hash_of(key),
            "secret": keyring.seal(
                secret.encode(), purpose=SIGNING_PURPOSE, bound_to=signing_place(key_id)
            ),
            "by": actor.user_id,
            "now": now,
            "expires": body.expires_at,
        },
    )
    await _note(
        session,
        organization_id=organization_id,
        key_id=key_id,
        action="api_key.made",
        details={"name": body.name, "role": body.role.value},
    )
    return KeyMade(
        id=key_id,
        name=body.name,
        role=body.role,
        prefix=key[: apikey.SHOWN_LENGTH],
        created_at=now,
        expires_at=body.expires_at,
        last_used_at=None,
        key=key,
        signing_secret=secret,
    )


async def end_key(
    session: Session,
    *,
    organization_id: OrganizationId,
    key_id: UserId,
    now: dt.datetime,
) -> None:
    """It is refused within half a second everywhere; raises `UnknownKey`."""
    ended = await session.execute(_END, {"id": key_id, "organization": organization_id, "now": now})
    row = ended.one_or_none()
    if row is None:
        raise UnknownKey
    await _note(
        session,
        organization_id=organization_id,
        key_id=key_id,
        action="api_key.ended",
        details={"name": row.name, "role": row.role},
    )


async def _note(
    session: Session,
    *,
    organization_id: OrganizationId,
    key_id: UserId,
    action: str,
    details: dict[str, object],
) -> None:
    await audit(
        session,
        action=action,
        subject_id=key_id,
        details=details,
        organization_id=organization_id,
    )


_LOCK_ORGANIZATION = text("SELECT 1 FROM organizations WHERE id = :id FOR NO KEY UPDATE")
_INSERT = text(
    "INSERT INTO api_keys (id, organization_id, name, role, prefix, key_hash, signing_secret, "
    "made_by, created_at, expires_at) VALUES (:id, :organization, :name, :role, :prefix, :hash, "
    ":secret, :by, :now, :expires)"
)
_END = text(
    "UPDATE api_keys SET ended_at = :now WHERE id = :id AND organization_id = :organization "
    "AND ended_at IS NULL RETURNING name, role"
)
