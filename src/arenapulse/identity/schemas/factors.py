"""The shapes of second factors, passkeys and step-up."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from arenapulse.identity.schemas import GivenPassword, GuestToken, MailToken
from arenapulse.runtime.web.envelope import Body, Name, Text, View

CodeText = Annotated[Text, StringConstraints(min_length=1, max_length=32)]
CREDENTIAL_FIELDS_MAX: Final = 20
Credential = Annotated[dict[str, Any], Field(max_length=CREDENTIAL_FIELDS_MAX)]
"""What the browser's `PublicKeyCredential.toJSON()` gives."""


class MfaBody(Body):
    mfa_token: MailToken
    code: CodeText
    guest_token: GuestToken | None = None


class CodeBody(Body):
    code: CodeText


class StepUpBody(Body):
    """One of them; a code may be a recovery code."""

    password: GivenPassword | None = None
    code: CodeText | None = None


class PasskeyAskBody(Body):
    """With the token of a right password, the keys of that person alone."""

    mfa_token: MailToken | None = None


class PasskeyBody(Body):
    challenge_token: MailToken
    name: Name
    credential: Credential


class PasskeyNameBody(Body):
    name: Name


class PasskeySignInBody(Body):
    challenge_token: MailToken
    credential: Credential
    guest_token: GuestToken | None = None


class MfaRequiredView(View):
    """The password was right: `mfaToken` lives five minutes and five codes."""

    mfa_required: Literal[True] = True
    mfa_token: str
    methods: list[str]


class TotpView(View):
    """The secret is shown this once, and counts when a code of it came back."""

    secret: str
    otpauth_uri: str
    qr_svg: str


class RecoveryCodesView(View):
    """Each is good once and shown this once; null where those from before still hold."""

    recovery_codes: list[str] | None


class FactorsView(View):
    """`recovery` is among them while a code of it is left."""

    methods: list[str]


class PasskeyOptionsView(View):
    """`publicKey` is what `navigator.credentials` takes, as JSON."""

    challenge_token: str
    public_key: Any


class PasskeyView(View):
    id: UUID
    name: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None


class PasskeyMade(PasskeyView):
    """With recovery codes, where there were none before."""

    recovery_codes: list[str] | None
