"""The refresh token on the wire: an HttpOnly cookie, or the body for who asks for it there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Response

from arenapulse.core import clock
from arenapulse.core.errors import Refusal, TooManyRequests
from arenapulse.core.ids import SessionId
from arenapulse.identity.access import access_of, authorization, show_rate
from arenapulse.identity.errors import TooManyAttempts
from arenapulse.identity.schemas import Actor, RefreshBody
from arenapulse.identity.service.entering import Client, Pair
from arenapulse.identity.service.guests import Guests
from arenapulse.identity.service.recovery import Recovery
from arenapulse.identity.service.sessions import IDLE_DAYS_MAX
from arenapulse.identity.service.sign_in import SignIn
from arenapulse.runtime.ratelimit import Decision, RateClass
from arenapulse.runtime.web.deps import RuntimeDep
from arenapulse.runtime.web.edge import ADDRESS_STATE
from arenapulse.runtime.web.provided import provided

COOKIE: Final = "arenapulse_refresh"
DEVICE_COOKIE: Final = "arenapulse_device"
COOKIE_PATH: Final = "/api/v1/auth"
_COOKIE_SECONDS: Final = IDLE_DAYS_MAX * 24 * 3600
# Of a browser that somebody signed in by: it outlives the session and opens nothing.
_DEVICE_SECONDS: Final = 365 * 24 * 3600
Wished = Annotated[
    str,
    Header(
        alias="X-Token-Transport",
        description="`body`: the refresh token is given and taken in bodies, not as a cookie.",
    ),
]


class Transport:
    """Reads and writes the refresh token the way this request asks for."""

    def __init__(self, request: Request, response: Response, *, wished: str) -> None:
        self._request = request
        self._response = response
        self._in_body = wished.strip().lower() == "body"

    @property
    def client(self) -> Client:
        """What `ClientDep` is, without a dependency more to be solved."""
        return _client_of(self._request)

    @contextmanager
    def showing_attempts(self) -> Generator[None]:
        """`GUESSING`, in the same way."""
        with _showing_attempts(self._request):
            yield

    def given(self, body: RefreshBody | None) -> str | None:
        """The refresh token that came, None without one."""
        in_body = None if body is None else body.refresh_token
        if in_body is not None:
            self._in_body = True
            return in_body
        # A script that asks for the body must not get out what its cookie hides from it.
        return None if self._in_body else self._request.cookies.get(COOKIE)

    def hand_out(self, pair: Pair) -> str | None:
        """Sets the cookie; or gives the token for the body."""
        if self._in_body:
            return pair.refresh_token
        self._set(COOKIE, pair.refresh_token, seconds=_COOKIE_SECONDS)
        if self._request.cookies.get(DEVICE_COOKIE) != pair.device_token:
            self._set(DEVICE_COOKIE, pair.device_token, seconds=_DEVICE_SECONDS)
        return None

    def _set(self, name: str, value: str, *, seconds: int) -> None:
        self._response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=COOKIE_PATH,
            secure=True,
            httponly=True,
            samesite="strict",
        )

    def clear(self) -> None:
        if COOKIE in self._request.cookies:
            self._response.delete_cookie(
                COOKIE, path=COOKIE_PATH, secure=True, httponly=True, samesite="strict"
            )


async def client_of(request: Request) -> Client:
    return _client_of(request)


def _client_of(request: Request) -> Client:
    return Client(
        address=request.scope[ADDRESS_STATE],
        user_agent=_printable(request.headers.get("user-agent", "")),
        device_token=request.cookies.get(DEVICE_COOKIE),
    )


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


async def leaving_of(request: Request) -> Actor | None:
    """Who logs out; an expired access token does not keep anybody from it."""
    try:
        return await access_of(request).authenticate_header(authorization(request))
    except Refusal:
        return None


class Renewals:
    """How often one session renews itself: a stadium's address bounds nobody."""

    def __init__(self, request: Request, runtime: RuntimeDep) -> None:
        self._request = request
        self._limiter = runtime.limiter

    def count(self, session_id: SessionId | None) -> None:
        """Raises `TooManyRequests`; who has no token of ours is counted by address alone."""
        if session_id is None:
            return
        rate = self._limiter.by_account(
            RateClass.RENEWAL, session_id, now_seconds=clock.unix_seconds()
        )
        show_rate(self._request, rate)
        if not rate.allowed:
            raise TooManyRequests(retry_after_seconds=rate.reset_seconds)


async def show_attempts(request: Request) -> AsyncGenerator[None, None]:
    """Where guessing is refused, the answer's limit is the one of guessing."""
    with _showing_attempts(request):
        yield


@contextmanager
def _showing_attempts(request: Request) -> Generator[None]:
    try:
        yield
    except TooManyAttempts as refusal:
        seconds = refusal.retry_after_seconds or 1
        show_rate(request, Decision(False, refusal.limit, 0, seconds))
        raise


async def transport_of(request: Request, response: Response, wished: Wished = "") -> Transport:
    return Transport(request, response, wished=wished)


RenewalsDep = Annotated[Renewals, Depends(Renewals)]
TransportDep = Annotated[Transport, Depends(transport_of)]
SignInDep = Annotated[SignIn, Depends(provided(SignIn))]
GuestsDep = Annotated[Guests, Depends(provided(Guests))]
RecoveryDep = Annotated[Recovery, Depends(provided(Recovery))]
ClientDep = Annotated[Client, Depends(client_of)]
Leaving = Annotated[Actor | None, Depends(leaving_of)]
GUESSING: Final = Depends(show_attempts)
