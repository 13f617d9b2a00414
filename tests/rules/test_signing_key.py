"""An organizer's private key: what signs is taken, what does not or takes half a minute is not."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as curved
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from arenapulse.tickets.signingkey import BITS_MAX, NoKey, read_key


def _pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _of(p: int, q: int, *, d: int, dmp1: int, dmq1: int, iqmp: int) -> RSAPrivateKey:
    public = RSAPublicNumbers(65_537, p * q)
    numbers = RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def test_what_signs_is_read() -> None:
    for key in (generate_private_key(65_537, 2_048), curved(SECP256R1())):
        assert read_key(_pem(key)).public_key() == key.public_key()


def test_parts_that_do_not_belong_together_are_seen_without_a_proof_of_primes() -> None:
    good = generate_private_key(65_537, 2_048).private_numbers()
    bad = _of(
        *(good.p, good.q),
        d=good.d + 2,
        dmp1=good.dmp1 + 2,
        dmq1=good.dmq1 + 2,
        iqmp=good.iqmp,
    )
    with pytest.raises(NoKey, match="belong together"):
        read_key(_pem(bad))


def test_what_would_take_long_and_what_signs_no_pass_is_refused() -> None:
    half = BITS_MAX // 2 + 64
    p, q = (1 << half) - 1, (1 << half) - 3
    long = _of(p, q, d=65_539, dmp1=65_539, dmq1=65_539, iqmp=3)
    with pytest.raises(NoKey, match="4096 bits"):
        read_key(_pem(long))
    with pytest.raises(NoKey, match="another kind"):
        read_key(_pem(Ed25519PrivateKey.generate()))
    with pytest.raises(NoKey, match="PEM"):
        read_key("x" * 64)
