"""Stripe by its own SDK, asynchronously; the twin is the same adapter at another address.

Retries are the due runner's, under the same key, so the SDK makes none. A declined card is an
intent; a key that Stripe does not accept is nobody's card's fault, so it counts as away.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import aiohttp
import msgspec
import stripe

from arenapulse.payments.gateway import (
    Dispute,
    GatewayAway,
    GatewayRefused,
    Intent,
    Movement,
    NewIntent,
    Payout,
    Refund,
    Warned,
)
from arenapulse.payments.stripe_reading import (
    BalanceTold,
    DisputesTold,
    DisputeTold,
    IntentsTold,
    IntentTold,
    MovementsTold,
    PayoutsTold,
    RefundTold,
    WarningsTold,
    WarningTold,
    balance_of,
    dispute_of,
    intent_of,
    intents_of,
    movement_of,
    payout_of,
    refund_of,
    to_vendor,
    warned_of,
)
from arenapulse.runtime import tracing
from arenapulse.runtime.db import forbid_in_transaction

T = TypeVar("T")

CALL_SECONDS: Final = 20.0
PAGE_MAX: Final = 100
_TOKEN: Final = re.compile(r"pm_[A-Za-z0-9_]{1,100}")
_CHARGE: Final = ["latest_charge"]
_KEY_IS_WHY: Final = (401, 403)

# Nothing about this machine is told beside the calls themselves.
stripe.enable_telemetry = False


class StripeGateway:
    def __init__(
        self,
        key: str,
        *,
        tokens: frozenset[str] | None = None,
        destinations: Mapping[UUID, str] | None = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """`tokens` are all cards there are, at the twin; `destinations` are whose money goes on.

        Nothing is opened before `connect`.
        """
        self._key = key
        self._tokens = tokens
        self._destinations = destinations or {}
        self._seconds = seconds
        self._http: stripe.AIOHTTPClient | None = None
        self._client: stripe.StripeClient | None = None

    def connect(self, address: str | None = None) -> None:
        """Calls go to Stripe from now on, or to `address`."""
        # A twin on the loopback needs no certificates.
        connector = None if address is None else aiohttp.TCPConnector()
        self._http = stripe.AIOHTTPClient(timeout=self._seconds, connector=connector)
        base: dict[str, str] = {} if address is None else {"api": address}
        self._client = stripe.StripeClient(
            self._key,
            http_client=self._http,
            max_network_retries=0,
            base_addresses=base,  # pyright: ignore[reportArgumentType] - a TypedDict of theirs
        )

    async def close(self) -> None:
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.close_async()

    def accepts(self, token: str) -> bool:
        if self._tokens is not None:
            return token in self._tokens
        return _TOKEN.fullmatch(token) is not None

    async def create_intent(self, new: NewIntent, *, key: str) -> Intent:
        asked: dict[str, Any] = {
            "amount": to_vendor(new.amount_minor, currency=new.currency),
            "currency": new.currency.lower(),
            "payment_method": new.token,
            "payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"orderId": str(new.order_id), "attempt": str(new.attempt)},
            "expand": _CHARGE,
        }
        owner = new.organization_id
        destination = None if owner is None else self._destinations.get(owner)
        if destination is not None:
            asked["on_behalf_of"] = destination
            asked["transfer_data"] = {"destination": destination}
        return await self._intent("post", "payment_intents", asked, key=key)

    async def retrieve(self, intent_id: str) -> Intent:
        return await self._intent("get", _path("payment_intents", intent_id), {"expand": _CHARGE})

    async def capture(
        self, intent_id: str, *, amount_minor: int, currency: str, key: str
    ) -> Intent:
        amount = to_vendor(amount_minor, currency=currency)
        asked = {"amount_to_capture": amount, "expand": _CHARGE}
        path = _path("payment_intents", intent_id, "capture")
        return await self._intent("post", path, asked, key=key)

    async def cancel(self, intent_id: str, *, key: str) -> Intent:
        path = _path("payment_intents", intent_id, "cancel")
        return await self._intent("post", path, {"expand": _CHARGE}, key=key)

    async def refund(self, intent_id: str, *, amount_minor: int, currency: str, key: str) -> Refund:
        asked: dict[str, Any] = {
            "payment_intent": intent_id,
            "amount": to_vendor(amount_minor, currency=currency),
        }
        if self._destinations:
            paid = await self._answer("get", _path("payment_intents", intent_id), IntentTold)
            # Who got the money gives it back, not the platform.
            if paid.transfer_data is not None:
                asked["reverse_transfer"] = True
        return refund_of(await self._answer("post", "refunds", RefundTold, asked, key=key))

    async def refund_state(self, refund_id: str) -> Refund:
        return refund_of(await self._answer("get", _path("refunds", refund_id), RefundTold))

    async def dispute(self, dispute_id: str) -> Dispute:
        return dispute_of(await self._answer("get", _path("disputes", dispute_id), DisputeTold))

    async def disputes(
        self, *, since: dt.datetime, after: str | None
    ) -> tuple[list[Dispute], str | None]:
        page = await self._answer("get", "disputes", DisputesTold, _page(since=since, after=after))
        made = [dispute_of(one) for one in page.data]
        return made, page.data[-1].id if page.has_more and page.data else None

    async def warning(self, warning_id: str) -> Warned:
        path = _path("radar/early_fraud_warnings", warning_id)
        return warned_of(await self._answer("get", path, WarningTold))

    async def warnings(
        self, *, since: dt.datetime, after: str | None
    ) -> tuple[list[Warned], str | None]:
        asked = _page(since=since, after=after)
        page = await self._answer("get", "radar/early_fraud_warnings", WarningsTold, asked)
        made = [warned_of(one) for one in page.data]
        return made, page.data[-1].id if page.has_more and page.data else None

    async def listed(
        self, *, since: dt.datetime, until: dt.datetime, after: str | None
    ) -> tuple[list[Intent], str | None]:
        asked = _page(since=since, until=until, after=after, expand=["data.latest_charge"])
        return intents_of(await self._answer("get", "payment_intents", IntentsTold, asked))

    async def movements(
        self,
        *,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        payout_id: str | None = None,
        after: str | None,
    ) -> tuple[list[Movement], str | None]:
        asked = _page(since=since, until=until, after=after, expand=["data.source"])
        if payout_id is not None:
            asked["payout"] = payout_id
        page = await self._answer("get", "balance_transactions", MovementsTold, asked)
        made = [movement_of(one) for one in page.data]
        return made, page.data[-1].id if page.has_more and page.data else None

    async def payouts(
        self, *, since: dt.datetime, after: str | None
    ) -> tuple[list[Payout], str | None]:
        page = await self._answer("get", "payouts", PayoutsTold, _page(since=since, after=after))
        made = [payout_of(one) for one in page.data]
        return made, page.data[-1].id if page.has_more and page.data else None

    async def balance(self) -> Mapping[str, int]:
        return balance_of(await self._answer("get", "balance", BalanceTold))

    @property
    def _stripe(self) -> stripe.StripeClient:
        forbid_in_transaction("Stripe")
        assert self._client is not None, "connect comes first"
        return self._client

    async def _intent(
        self, method: str, path: str, asked: Mapping[str, Any], *, key: str | None = None
    ) -> Intent:
        return intent_of(await self._answer(method, path, IntentTold, asked, key=key))

    async def _answer(
        self,
        method: str,
        path: str,
        kind: type[T],
        asked: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
    ) -> T:
        """By the SDK's own request; we read its answer, for its objects cost as much again."""
        client, options = self._stripe, {} if key is None else {"idempotency_key": key}
        try:
            with tracing.part("vendor", attributes={"vendor": "stripe"}, is_call=True):
                told: Any = await client.raw_request_async(  # pyright: ignore[reportUnknownMemberType]
                    method, f"/v1/{path}", **(asked or {}), **options
                )
        except stripe.CardError as declined:
            return msgspec.convert(_declined(declined), kind, strict=False)
        except stripe.StripeError as error:
            raise _judged(error) from None
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            # The answer broke off: the SDK only judges how it began.
            raise GatewayAway(type(error).__name__) from None
        return msgspec.json.decode(told.body, type=kind, strict=False)


def _path(kind: str, name: str, deed: str = "") -> str:
    return f"{kind}/{quote(name, safe='')}{f'/{deed}' if deed else ''}"


def _page(
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    after: str | None,
    expand: Sequence[str] = (),
) -> dict[str, Any]:
    asked: dict[str, Any] = {"limit": PAGE_MAX}
    if expand:
        asked["expand"] = list(expand)
    made = {name: int(at.timestamp()) for name, at in (("gte", since), ("lt", until)) if at}
    if made:
        asked["created"] = made
    if after is not None:
        asked["starting_after"] = after
    return asked


def _declined(error: stripe.CardError) -> Mapping[str, Any]:
    """The intent that a decline carries with it."""
    body: Any = error.json_body
    try:
        return body["error"]["payment_intent"]
    except (KeyError, TypeError):
        raise GatewayRefused(error.code or "card_declined") from None


def _judged(error: stripe.StripeError) -> GatewayAway | GatewayRefused:
    status = error.http_status
    if isinstance(error, stripe.IdempotencyError) and status != 409:
        return GatewayRefused("idempotency_error")
    if status is None or status in _KEY_IS_WHY or status in {409, 429} or status >= 500:
        return GatewayAway(f"{status or 'no answer'} {error.code or type(error).__name__}")
    return GatewayRefused(error.code or "invalid_request")
