"""A version with a bug, for rehearsals: it sells, and then answers that it could not.

    python -m bench.bad_version     as `arenapulse serve`; one order in two is answered by a 500

The worst kind: what it refused is done. Whoever asks again with the same key has the same order.
"""

from __future__ import annotations

import itertools
from typing import Any

from arenapulse.core.settings import Settings
from arenapulse.entrypoints import server
from arenapulse.runtime.telemetry import ANSWERS
from arenapulse.runtime.web.site import Site

make_well = server.make_app
turns = itertools.cycle((True, False))


class Spoilt(Site):
    @property
    def hotline(self) -> None:
        """Nobody answers orders past the bug."""
        return

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") != "/api/v1/orders" or not next(turns):
            await super().__call__(scope, receive, send)
            return

        async def swallow(_message: Any) -> None:
            """The order stands, its answer is lost."""

        await super().__call__(scope, receive, swallow)
        # As the edge counts what it answers for a bug.
        ANSWERS.add("POST", 500, 0.0)
        body = b'{"success":false}'
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 500, "headers": [length]})
        await send({"type": "http.response.body", "body": body})


def make_app(settings: Settings, **given: Any) -> Site:
    site = make_well(settings, **given)
    site.__class__ = Spoilt
    return site


if __name__ == "__main__":
    server.make_app = make_app
    server.serve(Settings())
