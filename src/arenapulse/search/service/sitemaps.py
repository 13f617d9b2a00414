"""What crawlers are told: the pages of public events that are not over, and of venues."""

from __future__ import annotations

from html import escape
from typing import Final

from arenapulse.core.errors import NotFound
from arenapulse.runtime.db import Database
from arenapulse.runtime.sharing import FreshReads
from arenapulse.search import queries

FORMAT: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
ADDRESSES_MAX: Final = 49_000
"""In one file; the format allows 50,000."""
FILES_MAX: Final = 1_000
KEPT_SECONDS: Final = 5.0
KEPT_MAX: Final = 16


class Sitemaps:
    """One a process; a file is made at most once in five seconds, however many ask."""

    def __init__(
        self, database: Database, *, base_url: str, addresses_max: int = ADDRESSES_MAX
    ) -> None:
        self._database = database
        self._base_url = base_url
        self._addresses_max = addresses_max
        self._files = FreshReads(self._file, seconds_max=KEPT_SECONDS, entries_max=KEPT_MAX)
        self._counts = FreshReads(self._count, seconds_max=KEPT_SECONDS, entries_max=1)

    async def file(self, number: int | None = None) -> bytes:
        """All pages, or a list of files where one cannot hold them; with a number one of these.

        Raises `NotFound` for a file that the list does not name.
        """
        files = await self._counts.get(None)
        # What is not there costs nobody a look, however often it is asked for.
        if number is not None and not (1 <= number <= files and files > 1):
            raise NotFound
        return await self._files.get(number)

    async def _count(self, _all: None) -> int:
        async with self._database.transaction() as session:
            count = await queries.count_pages(session)
        return min(FILES_MAX, -(-count // self._addresses_max))

    async def _file(self, number: int | None) -> bytes:
        first = 0 if number is None else (number - 1) * self._addresses_max
        files = await self._counts.get(None)
        if number is None and files > 1:
            named = [f"{self._base_url}/sitemap-{each}.xml" for each in range(1, files + 1)]
            return _document("sitemapindex", "sitemap", named)
        async with self._database.transaction() as session:
            found = await queries.pages(session, limit=self._addresses_max, skipped=first)
        pages = [f"{self._base_url}/{kind}s/{subject_id}" for kind, subject_id in found]
        home = [] if first else [f"{self._base_url}/"]
        return _document("urlset", "url", [*home, *pages])


def _document(whole: str, part: str, addresses: list[str]) -> bytes:
    body = "".join(f"<{part}><loc>{escape(each)}</loc></{part}>" for each in addresses)
    head = f'<?xml version="1.0" encoding="UTF-8"?><{whole} xmlns="{FORMAT}">'
    return f"{head}{body}</{whole}>".encode()
