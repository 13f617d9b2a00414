"""The ceremonies of WebAuthn, by `webauthn`: what a browser is asked, and whether it answered."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CHALLENGE_BYTES: Final = 32
_NAME: Final = "ArenaPulse"


class PasskeyRefused(Exception):
    """The answer is not that of the key that was asked."""


@dataclass(frozen=True, slots=True)
class NewKey:
    credential_id: bytes
    public_key: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Ceremonies:
    """`rp_id` is the site's domain, `origin` where its pages are."""

    rp_id: str
    origin: str

    @classmethod
    def of(cls, public_url: str | None, *, port: int) -> Ceremonies:
        """Browsers know no passkeys of bare addresses: at home it is `localhost`."""
        origin = public_url or f"http://localhost:{port}"
        return cls(rp_id=urlsplit(origin).hostname or "localhost", origin=origin)

    def challenge(self) -> bytes:
        return os.urandom(CHALLENGE_BYTES)

    def new_key_options(
        self,
        *,
        challenge: bytes,
        user_id: bytes,
        email: str,
        full_name: str,
        known: Sequence[bytes],
    ) -> Any:
        """What `navigator.credentials.create` takes, as JSON; keys that are there are left out."""
        return _json(
            generate_registration_options(
                rp_id=self.rp_id,
                rp_name=_NAME,
                user_id=user_id,
                user_name=email,
                user_display_name=full_name,
                challenge=challenge,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            )
        )

    def new_key(self, credential: Mapping[str, Any], *, challenge: bytes) -> NewKey:
        """Raises `PasskeyRefused` for another site, another challenge, or nobody present."""
        try:
            made = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        # A hostile answer makes the library stumble over what it did not expect.
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, EOFError):
            raise PasskeyRefused from None
        return NewKey(made.credential_id, made.credential_public_key, made.sign_count)

    def sign_in_options(self, *, challenge: bytes, known: Sequence[bytes]) -> Any:
        """What `navigator.credentials.get` takes; without known ones any of this site."""
        return _json(
            generate_authentication_options(
                rp_id=self.rp_id,
                challenge=challenge,
                allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def counter_after(
        self,
        credential: Mapping[str, Any],
        *,
        challenge: bytes,
        public_key: bytes,
        counter: int,
    ) -> int:
        """The key's counter from now on; raises `PasskeyRefused`, for one that fell behind too."""
        try:
            return verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=counter,
                require_user_verification=True,
            ).new_sign_count
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, EOFError):
            raise PasskeyRefused from None


def credential_id_of(credential: Mapping[str, Any]) -> bytes | None:
    """Which key an answer says it is of."""
    given = credential.get("rawId")
    if not isinstance(given, str):
        return None
    try:
        return base64url_to_bytes(given)
    except ValueError:
        return None


def _json(options: Any) -> Any:
    return json.loads(options_to_json(options))
