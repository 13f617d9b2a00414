"""A ticket as Google Wallet keeps it: a link that saves it, signed by the issuer (RS256). Pure.

Google Wallet makes codes that rotate: ours are TOTP with SHA-1, so a saved ticket shows what our
own wallet shows, also without a network.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from arenapulse.core import clock
from arenapulse.tickets.signingkey import NoKey, read_key
from arenapulse.tickets.terms import DIGITS, STEP_SECONDS

SAVE: Final = "https://pay.google.com/gp/v/save/"


class NoIssuer(ValueError):
    """This key signs for no issuer; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """`email` is that of the service account whose key signs."""

    issuer_id: str
    email: str
    key: RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is saved; `signed` is a code up to its dot, `key` makes what rotates behind it."""

    event_id: str
    ticket_id: str
    version: int
    language: str
    organization: str
    title: str
    venue: tuple[str, str]
    starts_at: dt.datetime
    ends_at: dt.datetime
    section: str | None
    row: str | None
    seat: str | None
    gate: str | None
    holder: str
    signed: str
    key: bytes
    links: Sequence[tuple[str, str]]


def read_issuer(*, issuer_id: str, email: str, key_pem: str) -> Issuer:
    """Raises `NoIssuer` for what is no RSA key."""
    try:
        key = read_key(key_pem)
    except NoKey as error:
        raise NoIssuer(str(error)) from None
    if not isinstance(key, RSAPrivateKey):
        raise NoIssuer("is a key of another kind than RSA")
    return Issuer(issuer_id=issuer_id, email=email, key=key)


def save_link(saved: Saved, *, issuer: Issuer, now: dt.datetime) -> str:
    """Whoever opens it is asked whether to keep the ticket."""
    claims = {
        "iss": issuer.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "payload": {
            "eventTicketClasses": [_class(saved, issuer=issuer)],
            "eventTicketObjects": [_object(saved, issuer=issuer)],
        },
    }
    head = _part(msgspec.json.encode({"alg": "RS256", "typ": "JWT"}))
    text = f"{head}.{_part(msgspec.json.encode(claims))}"
    return f"{SAVE}{text}.{_part(issuer.key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _class_id(saved: Saved, *, issuer: Issuer) -> str:
    return f"{issuer.issuer_id}.{saved.event_id}"


def _class(saved: Saved, *, issuer: Issuer) -> dict[str, object]:
    name, address = saved.venue
    said = saved.language
    return {
        "id": _class_id(saved, issuer=issuer),
        "issuerName": saved.organization,
        "reviewStatus": "UNDER_REVIEW",
        "eventName": _words(saved.title, said),
        "venue": {"name": _words(name, said), "address": _words(address, said)},
        "dateTime": {
            "start": clock.rfc3339(saved.starts_at),
            "end": clock.rfc3339(saved.ends_at),
        },
    }


def _object(saved: Saved, *, issuer: Issuer) -> dict[str, object]:
    said = saved.language
    seat = {
        name: _words(value, said)
        for name, value in (
            *(("section", saved.section), ("row", saved.row)),
            *(("seat", saved.seat), ("gate", saved.gate)),
        )
        if value is not None
    }
    parameters = [{"key": saved.key.hex(), "valueLength": DIGITS}]
    return {
        # A reissue is another object: the old one's codes are dead.
        "id": f"{issuer.issuer_id}.{saved.ticket_id}.{saved.version}",
        "classId": _class_id(saved, issuer=issuer),
        "state": "ACTIVE",
        "ticketNumber": saved.ticket_id,
        "ticketHolderName": saved.holder,
        "seatInfo": seat,
        "rotatingBarcode": {
            "type": "QR_CODE",
            "valuePattern": saved.signed + ".{totp_value_0}",
            "totpDetails": {
                "periodMillis": str(STEP_SECONDS * 1000),
                "algorithm": "TOTP_SHA1",
                "parameters": parameters,
            },
        },
        "linksModuleData": {
            "uris": [{"uri": uri, "description": words} for uri, words in saved.links]
        },
    }


def _words(value: str, language: str) -> dict[str, object]:
    return {"defaultValue": {"language": language, "value": value}}


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
