"""A ticket in Apple's and Google's wallet: signed by the organization, and its codes are ours."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from arenapulse.core.settings import Settings
from arenapulse.runtime.crypto import Keyring
from arenapulse.tickets import ticketcode
from arenapulse.tickets.service.certificates import Secrets
from arenapulse.tickets.terms import WALLET_SEALED_FOR, signs_passes_place
from arenapulse.tickets.ticketcode import Payload
from tests.answers import code as code_of
from tests.gates import API, Evening, make_evening, now
from tests.worlds import Fan, make_fans


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


@pytest.fixture(scope="module")
def club_key() -> RSAPrivateKey:
    return generate_private_key(65_537, 2_048)


def _pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _certificate(key: RSAPrivateKey, *, days: int = 30) -> str:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, "pass.club.match"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "CLUB123456"),
        ]
    )
    ends = now() + dt.timedelta(days=days)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(ends - dt.timedelta(days=60)).not_valid_after(ends)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


async def _keep(evening: Evening, owner: Fan, body: dict[str, Any]) -> httpx.Response:
    organization = evening.world.organization_id
    return await evening.client.put(
        f"{API}/organizations/{organization}/pass-certificates", json=body, headers=owner.headers
    )


async def _files(evening: Evening, ticket: str) -> dict[str, bytes]:
    answer = await evening.client.get(
        f"{API}/tickets/{ticket}/apple-pass", headers=evening.fan.headers
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_the_organization_signs_for_apple_what_stands_in_the_archive(
    evening: Evening, club_key: RSAPrivateKey
) -> None:
    (owner,) = await make_fans(evening.db, evening.world, 1, role="OWNER")
    body = {"apple": {"certificate": _certificate(club_key), "privateKey": _pem(club_key)}}
    kept = await _keep(evening, owner, body)
    assert kept.status_code == 200, kept.text
    assert (kept.json()["data"]["applePassType"], kept.json()["data"]["appleTeam"]) == (
        *("pass.club.match", "CLUB123456"),
    )
    assert "PRIVATE KEY" not in kept.text
    (ticket,) = await evening.tickets()
    files = await _files(evening, ticket)
    manifest = json.loads(files["manifest.json"])
    signed = files.keys() - {"manifest.json", "signature"}
    assert manifest == {
        name: hashlib.sha1(files[name], usedforsecurity=False).hexdigest() for name in signed
    }
    assert hashlib.sha256(files["manifest.json"]).digest() in files["signature"]
    (signer,) = pkcs7.load_der_pkcs7_certificates(files["signature"])
    assert signer.public_key() == club_key.public_key()
    made = json.loads(files["pass.json"])
    assert (made["passTypeIdentifier"], made["teamIdentifier"]) == ("pass.club.match", "CLUB123456")
    assert made["serialNumber"] == f"{ticket}.0"
    # Paper is not taken here, and Apple has no code that rotates: the pass leads to the ticket.
    assert "barcodes" not in made
    assert f"/tickets/{ticket}" in str(made["eventTicket"]["backFields"])


async def test_where_paper_is_taken_the_pass_has_a_code_that_lets_in_once(
    evening: Evening,
) -> None:
    (manager,) = await make_fans(evening.db, evening.world, 1, role="MANAGER")
    answer = await evening.client.put(
        f"{evening.path}/gates/rules", json={"printedCodes": True}, headers=manager.headers
    )
    assert answer.status_code == 200
    (ticket,) = await evening.tickets()
    (barcode,) = json.loads((await _files(evening, ticket))["pass.json"])["barcodes"]
    assert (await evening.scan(barcode["message"])).status_code == 200
    assert code_of(await evening.scan(barcode["message"])) == (409, "TICKET002")


async def test_google_is_given_a_code_that_rotates_as_ours_does(
    evening: Evening, club_key: RSAPrivateKey
) -> None:
    (owner,) = await make_fans(evening.db, evening.world, 1, role="OWNER")
    account = {"issuerId": "3388000000000000001", "serviceAccount": "passes@club.test"}
    kept = await _keep(evening, owner, {"google": account | {"privateKey": _pem(club_key)}})
    assert kept.status_code == 200, kept.text
    (ticket,) = await evening.tickets()
    answer = await evening.client.get(
        f"{API}/tickets/{ticket}/google-pass", headers=evening.fan.headers
    )
    url = str(answer.json()["data"]["url"])
    head, claims, signature = url.removeprefix("https://pay.google.com/gp/v/save/").split(".")
    club_key.public_key().verify(
        _bytes(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256()
    )
    told = json.loads(_bytes(claims))
    assert (told["iss"], told["aud"], told["typ"]) == ("passes@club.test", "google", "savetowallet")
    (saved,) = told["payload"]["eventTicketObjects"]
    rotating = saved["rotatingBarcode"]
    (parameter,) = rotating["totpDetails"]["parameters"]
    assert rotating["totpDetails"]["periodMillis"] == "15000"
    unix = now().timestamp()
    shown = ticketcode.digits(bytes.fromhex(parameter["key"]), step=int(unix) // 15)
    code = rotating["valuePattern"].replace("{totp_value_0}", shown)
    payload = Payload(UUID(ticket), evening.world.event_id, 0)
    assert code == ticketcode.code_at(payload, keys=await evening.keys(), unix=unix)
    assert (await evening.scan(code)).status_code == 200


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_what_signs_nothing_is_kept_by_nobody(
    evening: Evening, club_key: RSAPrivateKey
) -> None:
    (owner,) = await make_fans(evening.db, evening.world, 1, role="OWNER")
    other = generate_private_key(65_537, 2_048)
    wrong = (
        {"certificate": _certificate(club_key), "privateKey": _pem(other)},
        {"certificate": _certificate(club_key, days=-1), "privateKey": _pem(club_key)},
        {"certificate": "x" * 64, "privateKey": _pem(club_key)},
    )
    for apple in wrong:
        answer = await _keep(evening, owner, {"apple": apple})
        assert code_of(answer) == (422, "VALIDATION001")
        assert answer.json()["error"]["details"][0]["field"] == "apple"
    organization = evening.world.organization_id
    kept = "SELECT count(*) FROM pass_certificates WHERE organization_id = $1"
    assert await evening.db.fetchval(kept, organization) == 0


async def test_only_owners_keep_certificates_and_only_holders_have_passes(evening: Evening) -> None:
    (manager,) = await make_fans(evening.db, evening.world, 1, role="MANAGER")
    assert code_of(await _keep(evening, manager, {})) == (403, "AUTH004")
    (ticket,) = await evening.tickets()
    for name in ("passes", "apple-pass", "google-pass"):
        answer = await evening.client.get(
            f"{API}/tickets/{ticket}/{name}", headers=evening.staff.headers
        )
        assert code_of(answer) == (404, "TICKET001")


async def test_a_certificate_that_is_over_offers_no_pass_and_its_owner_sees_when_it_ended(
    evening: Evening, club_key: RSAPrivateKey
) -> None:
    (owner,) = await make_fans(evening.db, evening.world, 1, role="OWNER")
    body = {"apple": {"certificate": _certificate(club_key), "privateKey": _pem(club_key)}}
    assert (await _keep(evening, owner, body)).status_code == 200
    (ticket,) = await evening.tickets()
    passes = f"{API}/tickets/{ticket}/passes"
    told = await evening.client.get(passes, headers=evening.fan.headers)
    assert told.json()["data"]["apple"] is True
    organization = evening.world.organization_id
    over = Secrets(apple_certificate=_certificate(club_key, days=-1), apple_key=_pem(club_key))
    sealed = Keyring(evening.settings.secret or "").seal(
        msgspec.json.encode(over),
        purpose=WALLET_SEALED_FOR,
        bound_to=signs_passes_place(organization),
    )
    await evening.db.execute(
        "UPDATE pass_certificates SET sealed = $2 WHERE organization_id = $1", organization, sealed
    )
    told = await evening.client.get(passes, headers=evening.fan.headers)
    assert told.json()["data"]["apple"] is False
    asked = await evening.client.get(
        f"{API}/tickets/{ticket}/apple-pass", headers=evening.fan.headers
    )
    assert code_of(asked) == (409, "CONFLICT003")
    seen = await evening.client.get(
        f"{API}/organizations/{organization}/pass-certificates", headers=owner.headers
    )
    assert dt.datetime.fromisoformat(seen.json()["data"]["appleExpiresAt"]) < now()
