"""What open tokens and sockets must hear at once; `access` fills it."""

from __future__ import annotations

from typing import Protocol

from arenapulse.identity.schemas import Revoked


class AccessNews(Protocol):
    async def tell(self, news: Revoked) -> None:
        """Called after the commit: this process obeys at once, the others within 0.5 s.

        Must not raise.
        """
        ...
