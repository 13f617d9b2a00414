"""The shapes of second factors, passkeys and step-up."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from arenapulse.identity.schemas import GivenPassword, GuestToken, MailToken
from arenapulse.runtime.web.envelope import Body, Name, Text, View

CodeText = Annotated[Text, StringConstraints(min_length=1, max_length=32)]
CREDENTIAL_CHARACTERS_MAX: Final = 20_000
Encoded = Annotated[Text, StringConstraints(max_length=CREDENTIAL_CHARACTERS_MAX)]


ClientData = Annotated[Encoded, Field(alias="clientDataJSON")]


class MadeAnswer(Body):
    """What an authenticator says of a key that it made, in base64url."""

    client_data: ClientData
    attestation_object: Encoded
    authenticator_data: Encoded | None = None
    transports: Annotated[list[CodeText], Field(max_length=10)] | None = None
    public_key: Encoded | None = None
    public_key_algorithm: int | None = None


class ShownAnswer(Body):
    """And of one that it shows."""

    client_data: ClientData
    authenticator_data: Encoded
    signature: Encoded
    user_handle: Encoded | None = None


class _Credential(Body):
    """What the browser's `PublicKeyCredential.toJSON()` gives."""

    id: Encoded
    raw_id: Encoded
    type: Literal["public-key"]
    authenticator_attachment: CodeText | None = None
    client_extension_results: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


class MadeCredential(_Credential):
    response: MadeAnswer


class ShownCredential(_Credential):
    response: ShownAnswer


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
    credential: MadeCredential


class PasskeyNameBody(Body):
    name: Name


class PasskeySignInBody(Body):
    challenge_token: MailToken
    credential: ShownCredential
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
