"""Pages of lists: `?page=1&limit=20`, limit at most 100."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_LIMIT_MAX = 100
PAGE_LIMIT_DEFAULT = 20
PAGE_NUMBER_MAX = 100_000
# Rows of a kind in what a person takes away of their account.
EXPORTED_MAX = 10_000


@dataclass(frozen=True)
class PageRequest:
    page: int = 1
    limit: int = PAGE_LIMIT_DEFAULT

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    request: PageRequest
    total: int
