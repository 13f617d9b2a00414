"""HTTP of sign-in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from arenapulse.core.ids import SessionId
from arenapulse.identity.access import SignedInPerson, access_of
from arenapulse.identity.routes.transport import (
    GUESSING,
    ClientDep,
    Leaving,
    SignInDep,
    TransportDep,
)
from arenapulse.identity.schemas import (
    LoginBody,
    PasswordChangeBody,
    RefreshBody,
    RegisterBody,
    RegisteredView,
    SignedInView,
    TokenView,
)
from arenapulse.runtime.web.envelope import Envelope, ok

router = APIRouter(prefix="/api/v1/auth", tags=["identity"])
keys_router = APIRouter(tags=["identity"])


@router.post("/register", status_code=201)
async def register(
    body: RegisterBody, desk: SignInDep, client: ClientDep, transport: TransportDep
) -> Envelope[RegisteredView]:
    """Makes an account and signs it in."""
    pair = await desk.register(body, client=client)
    refresh_token = transport.hand_out(pair)
    return ok(
        RegisteredView(
            user_id=pair.user_id,
            token=pair.token,
            expires_at=pair.expires_at,
            refresh_token=refresh_token,
        )
    )


@router.post("/login", dependencies=[GUESSING])
async def login(
    body: LoginBody, desk: SignInDep, client: ClientDep, transport: TransportDep
) -> Envelope[SignedInView]:
    """Signs in with e-mail and password."""
    pair, user = await desk.login(body, client=client)
    refresh_token = transport.hand_out(pair)
    return ok(
        SignedInView(
            token=pair.token, expires_at=pair.expires_at, user=user, refresh_token=refresh_token
        )
    )


@router.post("/refresh")
async def refresh(
    desk: SignInDep, transport: TransportDep, body: RefreshBody | None = None
) -> Envelope[TokenView]:
    """Spends the refresh token for a new pair; a spent one ends its whole family.

    Within 20 s, while its successor is unused, it gives that successor again: an answer may be
    lost.
    """
    pair = await desk.refresh(transport.given(body))
    refresh_token = transport.hand_out(pair)
    return ok(TokenView(token=pair.token, expires_at=pair.expires_at, refresh_token=refresh_token))


@router.post("/logout")
async def logout(
    actor: Leaving, desk: SignInDep, transport: TransportDep, body: RefreshBody | None = None
) -> Envelope[None]:
    """Ends the session of the token, the refresh token, or both."""
    await desk.logout(actor=actor, refresh_token=transport.given(body))
    transport.clear()
    return ok(None)


@router.post("/logout-all")
async def logout_all(
    actor: SignedInPerson, desk: SignInDep, transport: TransportDep
) -> Envelope[None]:
    """Ends all sessions of the person."""
    await desk.logout_everywhere(actor)
    transport.clear()
    return ok(None)


@router.post("/password/change", dependencies=[GUESSING])
async def change_password(
    body: PasswordChangeBody,
    actor: SignedInPerson,
    desk: SignInDep,
    client: ClientDep,
    transport: TransportDep,
) -> Envelope[TokenView]:
    """Ends all sessions and opens a new one."""
    pair = await desk.change_password(actor, body=body, client=client)
    refresh_token = transport.hand_out(pair)
    return ok(TokenView(token=pair.token, expires_at=pair.expires_at, refresh_token=refresh_token))


@router.delete("/sessions/{session_id}")
async def end_session(session_id: UUID, actor: SignedInPerson, desk: SignInDep) -> Envelope[None]:
    """Ends one of the person's own sessions."""
    await desk.end_one(actor, session_id=SessionId(session_id))
    return ok(None)


@keys_router.get("/.well-known/jwks.json", include_in_schema=False)
async def public_keys(request: Request) -> JSONResponse:
    """The keys that access tokens are checked with (RFC 7517), bare."""
    keys: dict[str, Any] = access_of(request).tokens.public_keys()
    return JSONResponse(keys, headers={"Cache-Control": "public, max-age=300"})
