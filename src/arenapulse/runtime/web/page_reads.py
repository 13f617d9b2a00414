"""Pages that a crowd opens: written from one read, which all who ask meanwhile share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.sharing import SharedReads


@dataclass(frozen=True, slots=True)
class Page:
    text: str
    status: int


class SharedPages(ABC):
    """One a process: however many open an address at once, its page is written once at a time.

    None is kept: each is of a read that began after it was asked for.
    """

    def __init__(self, database: Database, *, index: Path, base: str) -> None:
        self._database = database
        self._index = index
        self._base = base
        self._pages = SharedReads(self._in_transaction)

    async def page(self, name: str) -> Page:
        """Raises `NotFound` where no web app is built."""
        return await self._pages.get(name)

    async def _in_transaction(self, name: str) -> Page:
        async with self._database.transaction() as session:
            return await self._written(session, name)

    @abstractmethod
    async def _written(self, session: Session, name: str) -> Page:
        """The page of what is called so in the address."""
