"""HTTP of sign-in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from arenapulse.core.ids import SessionId
from arenapulse.identity.access import Guest, SignedInPerson, Visitor, access_of
from arenapulse.identity.routes.transport import (
    GUESSING,
    ClientDep,
    GuestsDep,
    Leaving,
    RecoveryDep,
    RenewalsDep,
    SignInDep,
    Transport,
    TransportDep,
)
from arenapulse.identity.schemas import (
    ClaimBody,
    ForgotBody,
    GuestView,
    LoginBody,
    PasswordChangeBody,
    RefreshBody,
    RegisterBody,
    RegisteredView,
    ResetBody,
    SignedInView,
    TokenView,
    VerifyBody,
)
from arenapulse.identity.schemas.factors import MfaRequiredView
from arenapulse.identity.service.entering import Pair, SignedIn
from arenapulse.identity.service.sign_in import MfaRequired
from arenapulse.runtime.web.envelope import Envelope, ok

router = APIRouter(prefix="/api/v1/auth", tags=["identity"])
keys_router = APIRouter(tags=["identity"])


@router.post("/register", status_code=201)
async def register(
    body: RegisterBody, desk: SignInDep, client: ClientDep, transport: TransportDep
) -> Envelope[RegisteredView]:
    """Makes an account and signs it in."""
    return _registered(await desk.register(body, client=client), transport=transport)


@router.post("/guest", status_code=201)
async def admit(guests: GuestsDep, client: ClientDep) -> Envelope[GuestView]:
    """A visitor's token: holds places by card without a token, 180 s each, and nothing else."""
    made = await guests.admit(address=client.address)
    return ok(GuestView(user_id=made.user_id, token=made.token, expires_at=made.expires_at))


@router.post("/guest/claim", status_code=201)
async def claim(
    body: ClaimBody, guest: Guest, desk: SignInDep, client: ClientDep, transport: TransportDep
) -> Envelope[RegisteredView]:
    """The visitor is a person from now on, without a password, with what they hold."""
    pair = await desk.claim(body, guest=guest, client=client)
    return _registered(pair, transport=transport)


def _registered(pair: Pair, *, transport: Transport) -> Envelope[RegisteredView]:
    refresh_token = transport.hand_out(pair)
    return ok(
        RegisteredView(
            user_id=pair.user_id,
            token=pair.token,
            expires_at=pair.expires_at,
            refresh_token=refresh_token,
        )
    )


@router.post("/login")
async def login(
    body: LoginBody, desk: SignInDep, transport: TransportDep
) -> Envelope[SignedInView] | Envelope[MfaRequiredView]:
    """Signs in with e-mail and password, or asks for a second factor."""
    with transport.showing_attempts():
        found = await desk.login(body, client=transport.client)
    if isinstance(found, MfaRequired):
        return ok(MfaRequiredView(mfa_token=found.token, methods=found.methods))
    return signed_in_view(found, transport=transport)


def signed_in_view(found: SignedIn, *, transport: Transport) -> Envelope[SignedInView]:
    refresh_token = transport.hand_out(found.pair)
    return ok(
        SignedInView(
            token=found.pair.token,
            expires_at=found.pair.expires_at,
            user=found.user,
            moved_orders=list(found.moved),
            refresh_token=refresh_token,
        )
    )


@router.post("/refresh")
async def refresh(
    desk: SignInDep, transport: TransportDep, renewals: RenewalsDep, body: RefreshBody | None = None
) -> Envelope[TokenView]:
    """Spends the refresh token for a new pair; a spent one ends its whole family.

    Within 20 s, while its successor is unused, it gives that successor again: an answer may be
    lost.
    """
    token = transport.given(body)
    renewals.count(desk.session_of(token))
    pair = await desk.refresh(token)
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


@router.post("/password/forgot", status_code=202)
async def forgot(body: ForgotBody, recovery: RecoveryDep) -> Envelope[None]:
    """A link by mail, if there is an account; the answer is the same if there is none."""
    await recovery.forgot(body.email)
    return ok(None)


@router.post("/password/reset")
async def reset(body: ResetBody, recovery: RecoveryDep, client: ClientDep) -> Envelope[None]:
    """A new password by the mail's token; every session ends."""
    await recovery.reset(body, client=client)
    return ok(None)


@router.post("/email/verify")
async def verify(body: VerifyBody, actor: Visitor, recovery: RecoveryDep) -> Envelope[None]:
    """The address is the person's by the mail's token."""
    await recovery.verify(body.token, actor=actor)
    return ok(None)


@router.post("/email/resend", status_code=202)
async def send_link_again(actor: SignedInPerson, recovery: RecoveryDep) -> Envelope[None]:
    """Another link to the person's own address, while no session of theirs proved it."""
    await recovery.send_again(actor)
    return ok(None)


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
