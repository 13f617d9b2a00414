"""When a person went in and out, for the export of an account."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.gates import queries
from arenapulse.runtime.db import SERVICE, Session


class PersonalCheckins:
    """By the tickets that are theirs now; who scanned them is somebody else's."""

    name = "checkins"

    async def export(self, session: Session, *, user_id: UserId) -> object:
        # The wall shows scans to organizations alone.
        await session.act_as(SERVICE)
        rows = await queries.checkins_of(session, user_id=user_id)
        await session.act_as(user_id)
        return [
            {
                "eventId": str(row["event_id"]),
                "result": row["result"],
                "gate": row["gate"],
                "scannedAt": clock.rfc3339(row["scanned_at"]),
            }
            for row in rows
        ]
