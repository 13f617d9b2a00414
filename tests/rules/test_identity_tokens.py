"""Tokens: what we signed and nothing else."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey, OKPKey

from arenapulse.core.errors import NotAuthenticated, TokenExpired
from arenapulse.core.ids import SessionId, UserId, new_id
from arenapulse.identity.schemas import Role
from arenapulse.identity.tokens import (
    AUDIENCE,
    ISSUER,
    AccessTokens,
    DeviceTokens,
    RefreshClaim,
    RefreshTokens,
)
from arenapulse.runtime.crypto import Keyring

KEYRING = Keyring("one root secret, " + "x" * 32)
OTHER = Keyring("another root secret, " + "x" * 32)
NOW = dt.datetime(2027, 3, 14, 19, 45, tzinfo=dt.UTC)
USER, SESSION = UserId(new_id()), SessionId(new_id())
TOKENS = AccessTokens(KEYRING)


def minted(tokens: AccessTokens = TOKENS, roles: frozenset[str] = frozenset({"ATTENDEE"})) -> str:
    signed_in_at = NOW - dt.timedelta(minutes=5)
    token, expires_at = tokens.mint(
        USER, session_id=SESSION, roles=roles, signed_in_at=signed_in_at, now=NOW
    )
    assert expires_at == NOW + dt.timedelta(minutes=15)
    return token


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(segment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=="))
    return found


def test_a_token_says_who_came_when_and_as_what() -> None:
    actor = TOKENS.check(minted(roles=frozenset({"ADMIN", "ATTENDEE"})), now=NOW)
    assert (actor.user_id, actor.session_id) == (USER, SESSION)
    assert actor.platform_roles == {"ADMIN", "ATTENDEE"}
    assert actor.is_admin
    assert actor.signed_in_at == NOW - dt.timedelta(minutes=5)
    header, claims, _ = minted().split(".")
    assert (decoded(header)["alg"], decoded(header)["typ"]) == ("EdDSA", "at+jwt")
    assert (decoded(claims)["iss"], decoded(claims)["aud"]) == (ISSUER, AUDIENCE)
    assert sorted(decoded(claims)) == sorted(
        ["aud", "auth_time", "exp", "iat", "iss", "roles", "sid", "sub"]
    )


def test_another_host_with_the_same_secret_knows_it_and_one_with_another_does_not() -> None:
    assert AccessTokens(KEYRING).check(minted(), now=NOW).user_id == USER
    with pytest.raises(NotAuthenticated):
        AccessTokens(OTHER).check(minted(), now=NOW)


@pytest.mark.asvs("V11.6.1")
def test_the_published_key_checks_the_signature() -> None:
    (key,) = TOKENS.public_keys()["keys"]
    assert "d" not in key
    token = minted()
    signed, _, signature = token.rpartition(".")
    assert decoded(token.split(".")[0])["kid"] == key["kid"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())


@pytest.mark.asvs("V9.2.1")
def test_it_ends_on_the_second() -> None:
    token = minted()
    assert TOKENS.check(token, now=NOW + dt.timedelta(seconds=899)).user_id == USER
    with pytest.raises(TokenExpired):
        TOKENS.check(token, now=NOW + dt.timedelta(seconds=900))


def test_a_changed_byte_breaks_it() -> None:
    header, claims, signature = minted().split(".")
    richer = part(decoded(claims) | {"roles": ["ADMIN"]})
    flipped = ("B" if signature[0] != "B" else "C") + signature[1:]
    for forged in (f"{header}.{richer}.{signature}", f"{header}.{claims}.{flipped}"):
        with pytest.raises(NotAuthenticated):
            TOKENS.check(forged, now=NOW)


def test_a_token_has_one_signature_and_one_spelling_of_it() -> None:
    """The last of its characters carries four bits that nobody reads."""
    token = minted()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in alphabet.replace(token[-1], ""):
        with pytest.raises(NotAuthenticated):
            TOKENS.check(token[:-1] + letter, now=NOW)


def test_a_head_written_otherwise_is_checked_by_the_library() -> None:
    """Only we sign with these keys; a proof that both ways know the same signature."""
    header = part(dict(reversed(decoded(HEADER).items())))
    assert header != HEADER
    private = KEYRING.signing_keys("access tokens")[0]
    signed = f"{header}.{CLAIMS}"
    signature = base64.urlsafe_b64encode(private.sign(signed.encode())).decode().rstrip("=")
    assert TOKENS.check(f"{signed}.{signature}", now=NOW).user_id == USER
    with pytest.raises(NotAuthenticated):
        TOKENS.check(f"{signed}.{SIGNATURE}", now=NOW)


HEADER, CLAIMS, SIGNATURE = minted().split(".")
KID = TOKENS.public_keys()["keys"][0]["kid"]


@pytest.mark.asvs("V9.1.1")
@pytest.mark.parametrize(
    "hostile",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        minted() + "=",
        minted() + "\n",
        " " + minted(),
        minted() + "\u00e9",
        f"{part({'alg': 'none'})}.{CLAIMS}.",
        f"{part({'alg': 'none'})}.{CLAIMS}.{SIGNATURE}",
        f"{part({'alg': 'HS256', 'kid': KID})}.{CLAIMS}.{SIGNATURE}",
        f"{part({'alg': 'Ed25519', 'kid': KID})}.{CLAIMS}.{SIGNATURE}",
        f"{part({'alg': []})}.{CLAIMS}.{SIGNATURE}",
        f"{part({'alg': None})}.{CLAIMS}.{SIGNATURE}",
        f"{part({'alg': 'EdDSA', 'crit': 1})}.{CLAIMS}.{SIGNATURE}",
        f"{part({'alg': 'EdDSA', 'b64': False, 'crit': ['b64']})}.{CLAIMS}.{SIGNATURE}",
        f"{part([])}.{CLAIMS}.{SIGNATURE}",
        f"{part(7)}.{CLAIMS}.{SIGNATURE}",
        f"{part(None)}.{CLAIMS}.{SIGNATURE}",
        f"{part(b'[' * 500)}.{CLAIMS}.{SIGNATURE}",
        f"{part(bytes([255, 254]))}.{CLAIMS}.{SIGNATURE}",
        f"{HEADER}.{part([])}.{SIGNATURE}",
        "ak_live_0123456789",
        "e30." + "A" * 1_000_000 + ".AA",
    ],
    # Numbers: the tokens differ from run to run, and parallel workers compare names.
    ids=itertools.count(),
)
def test_what_we_have_not_signed_is_nobody(hostile: str) -> None:
    with pytest.raises(NotAuthenticated):
        TOKENS.check(hostile, now=NOW)


@pytest.mark.asvs("V9.1.2")
def test_the_public_key_is_no_secret_for_another_algorithm() -> None:
    (key,) = TOKENS.public_keys()["keys"]
    secret = OctKey.import_key(base64.urlsafe_b64decode(key["x"] + "=="))
    signing = f"{part({'alg': 'HS256', 'kid': KID})}.{CLAIMS}"
    mac = secret.get_op_key("sign")
    assert isinstance(mac, bytes)
    with pytest.raises(NotAuthenticated):
        TOKENS.check(f"{signing}.{part(mac)}", now=NOW)


@pytest.mark.asvs("V9.1.3")
def test_a_key_that_came_in_the_header_is_not_used() -> None:
    stranger = OKPKey.generate_key("Ed25519")
    header = {"alg": "EdDSA", "kid": KID, "jwk": stranger.as_dict(private=False)}
    signing = f"{part(header)}.{CLAIMS}"
    signature = stranger.private_key.sign(signing.encode())  # type: ignore[union-attr]
    with pytest.raises(NotAuthenticated):
        TOKENS.check(f"{signing}.{part(signature)}", now=NOW)


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(text: str) -> None:
    for token in (text, f"{HEADER}.{text}.{SIGNATURE}", f"{part(text)}.{CLAIMS}.{SIGNATURE}"):
        with pytest.raises(NotAuthenticated):
            TOKENS.check(token, now=NOW)


@pytest.mark.asvs("V7.2.3", "V9.2.2")
def test_a_refresh_token_says_its_session_and_generation() -> None:
    claim = RefreshClaim(session_id=SESSION, generation=7)
    token = RefreshTokens(KEYRING).mint(claim)
    assert RefreshTokens(KEYRING).read(token) == claim
    assert RefreshTokens(OTHER).read(token) is None
    assert token != RefreshTokens(KEYRING).mint(RefreshClaim(session_id=SESSION, generation=8))


@given(st.text(max_size=120))
def test_no_text_is_a_refresh_token(text: str) -> None:
    assert RefreshTokens(KEYRING).read(text) is None
    assert DeviceTokens(KEYRING).device_of(text, user_id=USER) is None


def test_a_device_token_is_of_one_person_and_no_refresh_token() -> None:
    token = DeviceTokens(KEYRING).mint(USER, session_id=SESSION)
    assert DeviceTokens(KEYRING).device_of(token, user_id=USER) == SESSION
    assert DeviceTokens(KEYRING).device_of(token, user_id=UserId(new_id())) is None
    assert DeviceTokens(OTHER).device_of(token, user_id=USER) is None
    assert RefreshTokens(KEYRING).read(token) is None


def test_after_a_rotation_nobody_is_signed_out() -> None:
    old, new = "one root secret, " + "x" * 32, "the next root secret " + "y" * 32
    claim = RefreshClaim(session_id=SESSION, generation=7)
    before = RefreshTokens(Keyring(old)).mint(claim)
    assert RefreshTokens(Keyring(new, former=[old])).read(before) == claim
    assert RefreshTokens(Keyring(new)).read(before) is None


def test_a_refresh_token_with_a_changed_byte_is_none() -> None:
    token = RefreshTokens(KEYRING).mint(RefreshClaim(session_id=SESSION, generation=7))
    for place in range(0, len(token), 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert RefreshTokens(KEYRING).read(changed) is None
    assert RefreshTokens(KEYRING).read(token[:-4]) is None
    assert RefreshTokens(KEYRING).read(token + "AAAA") is None


def test_roles_cover_what_lies_below_them() -> None:
    covered = {role: {other for other in Role if role.covers(other)} for role in Role}
    assert covered == {
        Role.OWNER: {Role.OWNER, Role.MANAGER, Role.ANALYST, Role.STAFF},
        Role.MANAGER: {Role.MANAGER, Role.ANALYST, Role.STAFF},
        Role.ANALYST: {Role.ANALYST},
        Role.STAFF: {Role.STAFF},
    }


def test_a_rotation_keeps_the_tokens_of_the_old_key_until_it_leaves_the_ring() -> None:
    old, new = "one root secret, " + "x" * 32, "the next root secret " + "y" * 32
    both, after = AccessTokens(Keyring(new, former=[old])), AccessTokens(Keyring(new))
    issued_before = minted(AccessTokens(Keyring(old)))
    issued_since = minted(both)
    assert both.check(issued_before, now=NOW).user_id == USER
    assert after.check(issued_since, now=NOW).user_id == USER
    with pytest.raises(NotAuthenticated):
        after.check(issued_before, now=NOW)
    shown = [key["kid"] for key in both.public_keys()["keys"]]
    kids = [decoded(token.split(".")[0])["kid"] for token in (issued_since, issued_before)]
    assert shown == kids
