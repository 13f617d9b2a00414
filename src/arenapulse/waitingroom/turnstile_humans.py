"""Cloudflare Turnstile: the widget's token is shown to `siteverify`, from here and never twice."""

from __future__ import annotations

from typing import Final

import httpx
import msgspec

from arenapulse.runtime.db import forbid_in_transaction
from arenapulse.waitingroom.humans import HumansAway

CALL_SECONDS: Final = 2.0
CONNECTIONS_MAX: Final = 64
TOKEN_LENGTH_MAX: Final = 2_048
ACTION: Final = "queue"
# The visitor's token is why; every other code says that we, or they, have a fault.
_TOKEN_IS_WHY: Final = frozenset(
    {"missing-input-response", "invalid-input-response", "timeout-or-duplicate"}
)


class _Told(msgspec.Struct, frozen=True, rename="kebab"):
    success: bool
    error_codes: tuple[str, ...] = ()
    action: str = ""


class TurnstileHumans:
    def __init__(
        self, *, site_key: str, secret: str, host: str, seconds: float = CALL_SECONDS
    ) -> None:
        self.site_key = site_key
        self._secret = secret
        self._client = httpx.AsyncClient(
            base_url=host,
            timeout=seconds,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        )

    async def vouches(self, token: str, *, address: str) -> bool:
        forbid_in_transaction("Turnstile")
        asked = {"secret": self._secret, "response": token, "remoteip": address}
        try:
            answer = await self._client.post("/turnstile/v0/siteverify", data=asked)
            told = msgspec.json.decode(answer.content, type=_Told)
        except (httpx.HTTPError, msgspec.MsgspecError):
            raise HumansAway from None
        if told.success:
            # A token of another page of ours is none for a line; test keys name no action.
            return told.action in {ACTION, ""}
        if told.error_codes and _TOKEN_IS_WHY.issuperset(told.error_codes):
            return False
        raise HumansAway

    async def close(self) -> None:
        await self._client.aclose()
