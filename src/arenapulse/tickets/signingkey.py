"""An organizer's private key as they hand it in and as it is kept: read within a millisecond.

OpenSSL proves a key of RSA by whether its factors are prime: 40 ms of a core for 2,048 bits, half a
minute for the longest that would fit, and nothing else of the process runs meanwhile. Whether it
signs what its public half recognizes says as much to us: a key that is none signs for nobody else.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

BITS_MAX: Final = 4_096
_PROOF: Final = b"whoever reads this key signs this"


class NoKey(ValueError):
    """It signs nothing; the text says why."""


def read_key(pem: str) -> RSAPrivateKey | EllipticCurvePrivateKey:
    """Raises `NoKey`."""
    try:
        key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoKey("is no private key in PEM without a password") from None
    if isinstance(key, RSAPrivateKey):
        _prove(key)
    elif not isinstance(key, EllipticCurvePrivateKey):
        raise NoKey("is a key of another kind than RSA or EC")
    return key


def _prove(key: RSAPrivateKey) -> None:
    if key.key_size > BITS_MAX:
        raise NoKey(f"is a key of more than {BITS_MAX} bits")
    try:
        signed = key.sign(_PROOF, PKCS1v15(), SHA256())
        key.public_key().verify(signed, _PROOF, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        raise NoKey("is a key whose parts do not belong together") from None
