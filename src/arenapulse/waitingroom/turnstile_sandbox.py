"""Turnstile's twin: `siteverify`, each token once, the fixed keys of Cloudflare's own test mode."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SITE_KEY: Final = "1x00000000000000000000AA"
PASSES: Final = "1x0000000000000000000000000000000AA"
FAILS: Final = "2x0000000000000000000000000000000AA"
SPENT: Final = "3x0000000000000000000000000000000AA"
DUMMY: Final = "".join(("X" * 4, ".DUMMY.TOKEN.", "X" * 4))
SPENT_MAX: Final = 10_000


class SandboxTurnstile:
    """Vouches for tokens `human-…` under its own secret; the test secrets answer as documented."""

    def __init__(self, *, secret: str) -> None:
        self._secret = secret
        self._spent: deque[str] = deque(maxlen=SPENT_MAX)
        self.answer_seconds = 0.0
        self.status: int | None = None
        """The answer to every call until it is None again."""
        self.app = Starlette(
            routes=[Route("/turnstile/v0/siteverify", self._verify, methods=["POST"])]
        )

    async def _verify(self, request: Request) -> Response:
        await asyncio.sleep(self.answer_seconds)
        if self.status is not None:
            return Response("away", status_code=self.status)
        form = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        return self._judged(form.get("secret", ""), form.get("response", ""))

    def _judged(self, secret: str, token: str) -> Response:
        if not secret:
            return _refused("missing-input-secret")
        if secret not in {self._secret, PASSES, FAILS, SPENT}:
            return _refused("invalid-input-secret")
        if not token:
            return _refused("missing-input-response")
        if secret == SPENT or token in self._spent:
            return _refused("timeout-or-duplicate")
        if secret == FAILS or (secret != PASSES and not token.startswith("human-")):
            return _refused("invalid-input-response")
        self._spent.append(token)
        action = token.removeprefix("human-").partition(":")[0] if ":" in token else "queue"
        return JSONResponse(
            {
                "success": True,
                "challenge_ts": "2026-11-29T10:00:00.000Z",
                "hostname": "arena.test",
                "error-codes": [],
                "action": "" if secret == PASSES else action,
                "cdata": "",
            }
        )


def _refused(code: str) -> Response:
    return JSONResponse({"success": False, "error-codes": [code]})
