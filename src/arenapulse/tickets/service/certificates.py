"""What signs an organization's passes: its own certificates, kept sealed, or ones for tests."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, StandsInTheWay
from arenapulse.core.ids import OrganizationId
from arenapulse.identity.access import require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.audit import audit
from arenapulse.runtime.crypto import Keyring, keyring_of
from arenapulse.runtime.db import Session
from arenapulse.tickets import applepass, googlepass, queries
from arenapulse.tickets.applepass import NoSigner, Signer
from arenapulse.tickets.googlepass import Issuer, NoIssuer
from arenapulse.tickets.schemas import CertificatesBody, CertificatesView
from arenapulse.tickets.terms import WALLET_SEALED_FOR, signs_passes_place

_TEST_DAYS: Final = 365
_EXPONENT, _BITS = 65_537, 2_048


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """As they lie in the envelope."""

    apple_certificate: str | None = None
    apple_key: str | None = None
    apple_above: str | None = None
    google_issuer: str | None = None
    google_email: str | None = None
    google_key: str | None = None


class PassOffice:
    """Who signs; one a process. Outside production a certificate of its own signs for tests."""

    def __init__(self, *, is_production: bool, base_url: str) -> None:
        self.base_url = base_url
        self._is_production = is_production
        self._test_key: asyncio.Task[RSAPrivateKey] | None = None

    async def signer(self, session: Session, *, organization_id: OrganizationId) -> Signer:
        """Raises `StandsInTheWay` without a certificate for Apple, or with one that is over."""
        kept = await _secrets(session, organization_id=organization_id)
        if kept.apple_certificate is None or kept.apple_key is None:
            return _test_signer(await self._for_tests())
        try:
            return applepass.read_signer(
                certificate_pem=kept.apple_certificate,
                key_pem=kept.apple_key,
                above_pem=kept.apple_above,
                now=clock.now(),
            )
        except NoSigner:
            # It was good when it was kept: they last a year.
            raise StandsInTheWay("The organizer's certificate for this wallet is over.") from None

    async def issuer(self, session: Session, *, organization_id: OrganizationId) -> Issuer:
        """Raises `StandsInTheWay` where the organization is no issuer of Google's."""
        kept = await _secrets(session, organization_id=organization_id)
        if kept.google_issuer and kept.google_email and kept.google_key:
            return googlepass.read_issuer(
                issuer_id=kept.google_issuer, email=kept.google_email, key_pem=kept.google_key
            )
        key = await self._for_tests()
        return Issuer(issuer_id="3388000000000000000", email="passes@arenapulse.test", key=key)

    async def offers(
        self, session: Session, *, organization_id: OrganizationId
    ) -> tuple[bool, bool]:
        """Whether there are passes for Apple's and for Google's wallet."""
        kept = await _secrets(session, organization_id=organization_id)
        apple, google = not self._is_production, not self._is_production
        if kept.apple_certificate is not None:
            ends = x509.load_pem_x509_certificate(kept.apple_certificate.encode())
            apple = clock.now() < ends.not_valid_after_utc
        return apple, google or kept.google_key is not None

    async def _for_tests(self) -> RSAPrivateKey:
        if self._is_production:
            raise StandsInTheWay("The organizer has no certificate for this wallet.")
        if self._test_key is None:
            made = asyncio.to_thread(generate_private_key, _EXPONENT, _BITS)
            self._test_key = asyncio.create_task(made)
        return await asyncio.shield(self._test_key)


async def certificates(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> CertificatesView:
    """What is kept, without its secrets; OWNER. Raises `UnknownOrganization`, `Forbidden`."""
    await require_owner(session, actor=actor, organization_id=organization_id)
    return _view(await _secrets(session, organization_id=organization_id))


async def require_owner(session: Session, *, actor: Actor, organization_id: OrganizationId) -> None:
    """Raises `UnknownOrganization` to strangers, `Forbidden` to other members."""
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.OWNER,
        hidden=UnknownOrganization,
    )


async def set_certificates(
    session: Session, *, organization_id: OrganizationId, body: CertificatesBody, now: dt.datetime
) -> CertificatesView:
    """All anew; what is left out is forgotten. Raises `Invalid` for what signs nothing."""
    kept = Secrets()
    if body.apple is not None:
        try:
            applepass.read_signer(
                certificate_pem=body.apple.certificate,
                key_pem=body.apple.private_key,
                above_pem=body.apple.intermediate,
                now=now,
            )
        except NoSigner as error:
            raise Invalid.on("apple", str(error)) from None
        kept = msgspec.structs.replace(
            kept,
            apple_certificate=body.apple.certificate,
            apple_key=body.apple.private_key,
            apple_above=body.apple.intermediate,
        )
    if body.google is not None:
        try:
            googlepass.read_issuer(
                issuer_id=body.google.issuer_id,
                email=body.google.service_account,
                key_pem=body.google.private_key,
            )
        except NoIssuer as error:
            raise Invalid.on("google.privateKey", str(error)) from None
        kept = msgspec.structs.replace(
            kept,
            google_issuer=body.google.issuer_id,
            google_email=body.google.service_account,
            google_key=body.google.private_key,
        )
    sealed = keyring_of(session).seal(
        msgspec.json.encode(kept),
        purpose=WALLET_SEALED_FOR,
        bound_to=signs_passes_place(organization_id),
    )
    before = await _secrets(session, organization_id=organization_id)
    await queries.keep_pass_secrets(
        session, organization_id=organization_id, sealed=sealed, now=now
    )
    await audit(
        session,
        organization_id=organization_id,
        action="organization.pass_certificates",
        subject_id=organization_id,
        details={"before": _signs(before), "after": _signs(kept)},
    )
    return _view(kept)


async def _secrets(session: Session, *, organization_id: OrganizationId) -> Secrets:
    sealed = await queries.pass_secrets(session, organization_id=organization_id)
    return Secrets() if sealed is None else _opened(keyring_of(session), sealed, organization_id)


def _signs(kept: Secrets) -> dict[str, bool]:
    return {"apple": kept.apple_key is not None, "google": kept.google_key is not None}


def _opened(keyring: Keyring, sealed: bytes, organization_id: OrganizationId) -> Secrets:
    plain = keyring.open(
        sealed, purpose=WALLET_SEALED_FOR, bound_to=signs_passes_place(organization_id)
    )
    return msgspec.json.decode(plain, type=Secrets)


def _view(kept: Secrets) -> CertificatesView:
    apple = None
    if kept.apple_certificate is not None:
        apple = x509.load_pem_x509_certificate(kept.apple_certificate.encode())
    return CertificatesView(
        apple_pass_type=None if apple is None else _subject(apple, NameOID.USER_ID),
        apple_team=None if apple is None else _subject(apple, NameOID.ORGANIZATIONAL_UNIT_NAME),
        apple_expires_at=None if apple is None else apple.not_valid_after_utc,
        google_issuer_id=kept.google_issuer,
        google_service_account=kept.google_email,
    )


def _subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(oid)[0].value)


def _test_signer(key: RSAPrivateKey) -> Signer:
    """No phone takes what it signs; everything else is as with a real one."""
    now = clock.now()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, "pass.test.arenapulse"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Pass Type ID: pass.test.arenapulse"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "TEST000000"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=_TEST_DAYS))
        .sign(key, SHA256())
    )
    return Signer(
        pass_type="pass.test.arenapulse",  # noqa: S106 - a name, no secret
        team="TEST000000",
        certificate=certificate,
        key=key,
        above=None,
    )
