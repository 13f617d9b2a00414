"""What happened in lines."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, UserId


class TurnsCame(Fact, frozen=True, kw_only=True):
    """It is the turn of these people, who had no page open that could hear it; to go in `until`."""

    event_id: EventId
    user_ids: tuple[UserId, ...]
    until: dt.datetime
