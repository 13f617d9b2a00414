"""Use cases of wait-lists."""

from __future__ import annotations

from arenapulse.waitlist.service.offering import Offerer
from arenapulse.waitlist.service.waiting import PersonalWaits, counts, join, leave, own

__all__ = ["Offerer", "PersonalWaits", "counts", "join", "leave", "own"]
