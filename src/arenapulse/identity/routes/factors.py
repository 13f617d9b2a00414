"""HTTP of second factors, passkeys and step-up."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from arenapulse.identity.access import SignedInPerson, StepUpDep
from arenapulse.identity.queries.factors import methods_of, passkeys_of
from arenapulse.identity.routes.auth import signed_in_view
from arenapulse.identity.routes.transport import GUESSING, ClientDep, TransportDep
from arenapulse.identity.schemas import SignedInView, TokenView
from arenapulse.identity.schemas.factors import (
    CodeBody,
    FactorsView,
    MfaBody,
    PasskeyAskBody,
    PasskeyBody,
    PasskeyMade,
    PasskeyNameBody,
    PasskeyOptionsView,
    PasskeySignInBody,
    PasskeyView,
    RecoveryCodesView,
    StepUpBody,
    TotpView,
)
from arenapulse.identity.service.confirming import Confirming
from arenapulse.identity.service.factors import Factors
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1/auth", tags=["identity"])

FactorsDep = Annotated[Factors, Depends(provided(Factors))]
ConfirmingDep = Annotated[Confirming, Depends(provided(Confirming))]


@router.post("/mfa/verify", dependencies=[GUESSING])
async def verify_code(
    body: MfaBody, confirming: ConfirmingDep, client: ClientDep, transport: TransportDep
) -> Envelope[SignedInView]:
    """The second step of a sign-in: a code of the authenticator, or a recovery code."""
    return signed_in_view(await confirming.verify(body, client=client), transport=transport)


@router.get("/mfa")
async def my_factors(actor: SignedInPerson, session: Db) -> Envelope[FactorsView]:
    """Which second factors the person has."""
    return ok(FactorsView(methods=await methods_of(session, user_id=actor.user_id)))


@router.post("/mfa/totp")
async def start_totp(
    actor: SignedInPerson, factors: FactorsDep, step_up: StepUpDep
) -> Envelope[TotpView]:
    """A new secret for an authenticator; it counts when a code of it is confirmed."""
    await step_up.require()
    return ok(await factors.start_totp(actor))


@router.post("/mfa/totp/confirm", dependencies=[GUESSING])
async def confirm_totp(
    body: CodeBody, actor: SignedInPerson, factors: FactorsDep
) -> Envelope[RecoveryCodesView]:
    """The authenticator counts from now on; the recovery codes are shown this once."""
    return ok(RecoveryCodesView(recovery_codes=await factors.confirm_totp(actor, code=body.code)))


@router.delete("/mfa/totp", dependencies=[GUESSING])
async def remove_totp(
    body: CodeBody, actor: SignedInPerson, factors: FactorsDep, step_up: StepUpDep
) -> Envelope[None]:
    """Takes the authenticator away, against a code."""
    await step_up.require()
    await factors.remove_totp(actor, code=body.code)
    return ok(None)


@router.post("/mfa/recovery-codes")
async def new_recovery_codes(
    actor: SignedInPerson, factors: FactorsDep, step_up: StepUpDep
) -> Envelope[RecoveryCodesView]:
    """Ten new ones; those from before are good no more."""
    await step_up.require()
    return ok(RecoveryCodesView(recovery_codes=await factors.new_codes(actor)))


@router.post("/step-up", dependencies=[GUESSING])
async def step_up(
    body: StepUpBody, actor: SignedInPerson, confirming: ConfirmingDep, client: ClientDep
) -> Envelope[TokenView]:
    """A fresh token of the same session, for what matters."""
    token, expires_at = await confirming.step_up(actor, body=body, client=client)
    return ok(TokenView(token=token, expires_at=expires_at))


@router.get("/passkeys")
async def list_passkeys(actor: SignedInPerson, session: Db) -> Envelope[list[PasskeyView]]:
    """The person's own, oldest first."""
    return ok(await passkeys_of(session, user_id=actor.user_id))


@router.post("/passkeys/register/options")
async def new_passkey_options(
    actor: SignedInPerson, factors: FactorsDep, step_up: StepUpDep
) -> Envelope[PasskeyOptionsView]:
    """What the browser is asked to make."""
    await step_up.require()
    token, options = await factors.passkey_options(actor)
    return ok(PasskeyOptionsView(challenge_token=token, public_key=options))


@router.post("/passkeys/register", status_code=201)
async def add_passkey(
    body: PasskeyBody, actor: SignedInPerson, factors: FactorsDep
) -> Envelope[PasskeyMade]:
    """The key counts from now on."""
    return ok(
        await factors.add_passkey(
            actor, token=body.challenge_token, name=body.name, credential=body.credential.as_json()
        )
    )


@router.patch("/passkeys/{passkey_id:uuid}")
async def rename_passkey(
    passkey_id: UUID, body: PasskeyNameBody, actor: SignedInPerson, factors: FactorsDep
) -> Envelope[PasskeyView]:
    """Calls it something else."""
    return ok(await factors.rename_passkey(actor, passkey_id=passkey_id, name=body.name))


@router.delete("/passkeys/{passkey_id:uuid}")
async def remove_passkey(
    passkey_id: UUID, actor: SignedInPerson, factors: FactorsDep, step_up: StepUpDep
) -> Envelope[None]:
    """Takes it away."""
    await step_up.require()
    await factors.remove_passkey(actor, passkey_id=passkey_id)
    return ok(None)


@router.post("/passkeys/login/options")
async def passkey_options(
    confirming: ConfirmingDep, body: PasskeyAskBody | None = None
) -> Envelope[PasskeyOptionsView]:
    """What the browser is asked to show: any key of this site, or those of an `mfaToken`."""
    mfa_token = None if body is None else body.mfa_token
    token, options = await confirming.passkey_options(mfa_token=mfa_token)
    return ok(PasskeyOptionsView(challenge_token=token, public_key=options))


@router.post("/passkeys/login")
async def sign_in_by_passkey(
    body: PasskeySignInBody, confirming: ConfirmingDep, client: ClientDep, transport: TransportDep
) -> Envelope[SignedInView]:
    """Signs in by a passkey alone, or as the second step."""
    return signed_in_view(await confirming.passkey(body, client=client), transport=transport)
