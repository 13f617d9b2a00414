"""A ticket as Apple Wallet keeps it: a signed archive (PassKit). No I/O but its own pictures.

Apple's passes show no code that rotates, so they carry the code for paper, or none where the
organizer takes no paper: then the pass leads to the ticket's own page.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from arenapulse.core import clock
from arenapulse.tickets.signingkey import NoKey, read_key

MEDIA_TYPE: Final = "application/vnd.apple.pkpass"
_PICTURES: Final = Path(__file__).parent / "pictures"
_ICONS: Final = {
    name: (_PICTURES / name).read_bytes() for name in ("icon.png", "icon@2x.png", "icon@3x.png")
}
_LATIN: Final = "iso-8859-1"


class NoSigner(ValueError):
    """These certificates sign no pass; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: the certificate of a pass type, its key, and Apple's certificate above it."""

    pass_type: str
    team: str
    certificate: x509.Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey
    above: x509.Certificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What stands on it; a field is its key, label and value."""

    serial: str
    language: str
    organization: str
    title: str
    event_label: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: tuple[float, float]
    venue: tuple[str, str]
    when_label: str
    fields: Sequence[tuple[str, str, str]]
    back: Sequence[tuple[str, str, str]]
    code: str | None


def read_signer(
    *, certificate_pem: str, key_pem: str, above_pem: str | None, now: dt.datetime
) -> Signer:
    """Raises `NoSigner` where they do not belong together, are over, or are of no pass type."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        above = None if above_pem is None else x509.load_pem_x509_certificate(above_pem.encode())
    except ValueError:
        raise NoSigner("is no certificate in PEM") from None
    try:
        key = read_key(key_pem)
    except NoKey as error:
        raise NoSigner(str(error)) from None
    if _public(certificate) != key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ):
        raise NoSigner("is the key of another certificate")
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise NoSigner("is a certificate that is not valid now")
    return Signer(
        pass_type=_named(certificate, NameOID.USER_ID),
        team=_named(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME),
        certificate=certificate,
        key=key,
        above=above,
    )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    if not found:
        raise NoSigner("is no certificate of a pass type: its subject names none")
    return str(found[0].value)


def make(made: Pass, *, signer: Signer) -> bytes:
    """The archive, ready to be sent as `MEDIA_TYPE`."""
    files = {"pass.json": msgspec.json.encode(_document(made, signer=signer)), **_ICONS}
    manifest = msgspec.json.encode(
        # The format asks for SHA-1; what holds it is the signature over it.
        {
            name: hashlib.sha1(each, usedforsecurity=False).hexdigest()
            for name, each in files.items()
        }
    )
    builder = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(manifest)
        .add_signer(signer.certificate, signer.key, SHA256())
    )
    if signer.above is not None:
        builder = builder.add_certificate(signer.above)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    signature = builder.sign(Encoding.DER, options)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "manifest.json": manifest, "signature": signature}.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _document(made: Pass, *, signer: Signer) -> dict[str, object]:
    lat, lng = made.place
    document: dict[str, object] = {
        "formatVersion": 1,
        "passTypeIdentifier": signer.pass_type,
        "teamIdentifier": signer.team,
        "serialNumber": made.serial,
        "organizationName": made.organization,
        "description": made.title,
        "relevantDate": clock.rfc3339(made.starts_at),
        "expirationDate": clock.rfc3339(made.ends_at),
        "locations": [{"latitude": lat, "longitude": lng}],
        "sharingProhibited": True,
        "backgroundColor": "rgb(16, 23, 26)",
        "foregroundColor": "rgb(255, 255, 255)",
        "labelColor": "rgb(190, 200, 204)",
        "eventTicket": {
            "primaryFields": [_field("event", made.event_label, made.title)],
            "secondaryFields": [
                _field("venue", *made.venue),
                _field("when", made.when_label, clock.rfc3339(made.starts_at))
                | {
                    "dateStyle": "PKDateStyleMedium",
                    "timeStyle": "PKDateStyleShort",
                    "ignoresTimeZone": False,
                },
            ],
            "auxiliaryFields": [_field(*each) for each in made.fields],
            "backFields": [_field(*each) for each in made.back],
        },
    }
    if made.code is not None:
        document["barcodes"] = [
            {"format": "PKBarcodeFormatQR", "message": made.code, "messageEncoding": _LATIN}
        ]
    return document


def _field(key: str, label: str, value: str) -> dict[str, object]:
    return {"key": key, "label": label, "value": value}
