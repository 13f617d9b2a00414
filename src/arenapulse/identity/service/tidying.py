"""What is over is forgotten: sessions, links, requests that nobody answered."""

from __future__ import annotations

from typing import Final

from arenapulse.runtime import purging
from arenapulse.runtime.db import Database

_PURGES: Final = (
    # An ended session is told to processes that begin, for as long as its token may live.
    (
        "sessions",
        "expires_at < now() - interval '1 day' OR revoked_at < now() - interval '1 day'",
    ),
    # By which programs somebody signs in: who did not for half a year is told of it again.
    ("known_devices", "seen_at < now() - interval '180 days'"),
    ("mail_tokens", "expires_at < now() - interval '1 day'"),
    ("sign_in_challenges", "expires_at < now() - interval '1 hour'"),
    ("invitations", "expires_at < now() - interval '30 days'"),
    # No signature is good for so long.
    ("nonces_ahead", "used_at < now() - interval '1 hour'"),
    ("reset_requests", "created_at < now() - interval '1 day'"),
)


async def purge(database: Database) -> int:
    """Deletes what is over; how many rows."""
    deleted = 0
    for table, over in _PURGES:
        deleted += await purging.purge(database, table=table, over=over)
    return deleted
