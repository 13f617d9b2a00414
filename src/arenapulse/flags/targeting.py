"""For whom a flag is on: for all, for who is named, for a share of them that only grows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Flag:
    """As it was set by hand."""

    is_on: bool
    people: frozenset[UUID] = frozenset()
    organizations: frozenset[UUID] = frozenset()
    percentage: int | None = None

    @property
    def is_for_all(self) -> bool:
        return not self.people and not self.organizations and self.percentage is None

    def names(self, *, person: UUID | None, organization: UUID | None) -> bool:
        return person in self.people or organization in self.organizations

    def draws(self, name: str, *, subject: UUID | None) -> bool:
        """Whether the share has this one; raised, it keeps who was in it."""
        if self.percentage is None or subject is None:
            return False
        return bucket(name, subject) < self.percentage


def bucket(name: str, subject: UUID) -> int:
    """0 to 99, the same at every process for ever, and another one for each flag."""
    digest = hashlib.sha256(f"{name}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 100 >> 64
