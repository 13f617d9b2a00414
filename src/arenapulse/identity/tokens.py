"""Access tokens: EdDSA JWTs by joserfc. Refresh tokens: a MAC of ours; nothing of them is stored.

A refresh token names a session and a generation, and a session has one living generation. Whoever
shows an older one shows a spent token, however long ago it was spent, so reuse is found without
keeping a row for each rotation. A successor whose answer was lost is made again, not kept.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from arenapulse.core.errors import NotAuthenticated, TokenExpired
from arenapulse.core.ids import SessionId, UserId
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.crypto import Keyring

LIFETIME: Final = dt.timedelta(minutes=15)
GUEST_LIFETIME: Final = dt.timedelta(minutes=30)
TOKEN_LENGTH_MAX: Final = 2048
_ALGORITHM: Final = "EdDSA"
_PURPOSE: Final = "access tokens"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_ROLES_MAX: Final = 16
ISSUER: Final = "arenapulse"
AUDIENCE: Final = "arenapulse-api"
_TYPE: Final = "at+jwt"
_REFRESH_PURPOSE: Final = "refresh tokens"
_SESSION_BYTES: Final = 16
_GENERATION_BYTES: Final = 4
_SIGNED_BYTES: Final = _SESSION_BYTES + _GENERATION_BYTES
_MAC_BYTES: Final = sha256().digest_size
_DEVICE_PURPOSE: Final = "device tokens"


class _OneAlgorithm(JWSRegistry):
    """EdDSA and nothing else.

    joserfc warns that RFC 9864 renames it to Ed25519; the clients of today know the old name.
    """

    def get_alg(self, name: str) -> Any:
        if name != _ALGORITHM:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class _Claims(msgspec.Struct, frozen=True):
    """What `mint` writes."""

    iss: str
    aud: str
    sub: UUID
    sid: UUID
    exp: int
    auth_time: int
    roles: Annotated[list[str], msgspec.Meta(max_length=_ROLES_MAX)]


_CLAIMS: Final = msgspec.json.Decoder(_Claims)


class AccessTokens:
    """Mints with the present key, checks by each on the ring; the same ring on every host."""

    def __init__(self, keyring: Keyring) -> None:
        signing = keyring.signing_keys(_PURPOSE)
        keys = [_okp(private) for private in signing]
        self._keys = {key.thumbprint(): key for key in keys}
        self._registry = _OneAlgorithm()
        self._by_head = {
            self._head(key.thumbprint()): private
            for key, private in zip(keys, signing, strict=True)
        }

    def mint(
        self,
        actor_id: UserId,
        *,
        session_id: SessionId,
        roles: frozenset[str],
        signed_in_at: dt.datetime,
        now: dt.datetime,
        lifetime: dt.timedelta = LIFETIME,
    ) -> tuple[str, dt.datetime]:
        """The token and the second it expires."""
        issued = int(now.timestamp())
        expires = issued + int(lifetime.total_seconds())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(actor_id),
            "sid": str(session_id),
            "iat": issued,
            "exp": expires,
            "auth_time": int(signed_in_at.timestamp()),
            "roles": sorted(roles),
        }
        # As the library writes it, which takes ten times as long to look at each header anew.
        head, key = next(iter(self._by_head.items()))
        said = f"{head}.{_base64(msgspec.json.encode(claims))}"
        token = f"{said}.{_base64(key.sign(said.encode()))}"
        return token, dt.datetime.fromtimestamp(expires, dt.UTC)

    def _head(self, key_id: str) -> str:
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": key_id}
        written = jwt.encode(header, {}, self._keys[key_id], registry=self._registry)
        return written.partition(".")[0]

    def check(self, token: str, *, now: dt.datetime) -> Actor:
        """Raises `NotAuthenticated` for what we have not signed, `TokenExpired` for what is old."""
        if len(token) > TOKEN_LENGTH_MAX or not _COMPACT.match(token):
            raise NotAuthenticated
        try:
            claims = _CLAIMS.decode(self._signed(token))
        # A hostile header makes the library stumble over types it did not expect.
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise NotAuthenticated from None
        if claims.iss != ISSUER or claims.aud != AUDIENCE:
            raise NotAuthenticated
        if claims.exp <= now.timestamp():
            raise TokenExpired
        return _actor(claims)

    def _signed(self, token: str) -> bytes:
        """What a token says that carries our signature.

        All that we write begin alike, and Ed25519 has one signature of a text: we sign it again,
        which costs a third of checking it, and tell nobody what came out.
        """
        head, _, rest = token.partition(".")
        key = self._by_head.get(head)
        if key is None:
            return self._signed_otherwise(token)
        claims, _, signature = rest.partition(".")
        ours = _base64(key.sign(f"{head}.{claims}".encode()))
        if not hmac.compare_digest(ours, signature):
            raise NotAuthenticated
        return base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))

    def _signed_otherwise(self, token: str) -> bytes:
        header = jws.extract_compact(token.encode(), registry=self._registry).headers()
        key = self._keys.get(header["kid"])
        # Only what was made to open this API: RFC 9068.
        if key is None or header.get("typ") != _TYPE:
            raise NotAuthenticated
        return jws.deserialize_compact(token, key, registry=self._registry).payload

    def public_keys(self) -> dict[str, Any]:
        """The JWKS document (RFC 7517)."""
        return {
            "keys": [
                dict(key.as_dict(private=False)) | {"kid": key_id, "use": "sig", "alg": _ALGORITHM}
                for key_id, key in self._keys.items()
            ]
        }


def _okp(private: Ed25519PrivateKey) -> OKPKey:
    return OKPKey.import_key(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


def _actor(claims: _Claims) -> Actor:
    return Actor(
        user_id=UserId(claims.sub),
        session_id=SessionId(claims.sid),
        platform_roles=frozenset(claims.roles),
        signed_in_at=dt.datetime.fromtimestamp(claims.auth_time, dt.UTC),
        expires_at=dt.datetime.fromtimestamp(claims.exp, dt.UTC),
    )


@dataclass(frozen=True, slots=True)
class RefreshClaim:
    session_id: SessionId
    generation: int


class _Marked:
    """Bytes of a known length, with a MAC that says they are ours."""

    def __init__(self, keyring: Keyring, *, purpose: str, length: int) -> None:
        self._keys = keyring.derive_each(purpose)
        self._length = length

    def write(self, signed: bytes) -> str:
        return _base64(signed + _mac(self._keys[0], signed))

    def read(self, token: str) -> bytes | None:
        """None if we have not made it, with this key or a former one."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != self._length + _MAC_BYTES:
            return None
        signed, mac = raw[: self._length], raw[self._length :]
        is_ours = any(hmac.compare_digest(mac, _mac(key, signed)) for key in self._keys)
        return signed if is_ours else None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256")


class RefreshTokens:
    def __init__(self, keyring: Keyring) -> None:
        self._marked = _Marked(keyring, purpose=_REFRESH_PURPOSE, length=_SIGNED_BYTES)

    def mint(self, claim: RefreshClaim) -> str:
        return self._marked.write(
            claim.session_id.bytes + claim.generation.to_bytes(_GENERATION_BYTES)
        )

    def read(self, token: str) -> RefreshClaim | None:
        """What the token says, None if we have not made it."""
        signed = self._marked.read(token)
        if signed is None:
            return None
        return RefreshClaim(
            session_id=SessionId(UUID(bytes=signed[:_SESSION_BYTES])),
            generation=int.from_bytes(signed[_SESSION_BYTES:]),
        )


class DeviceTokens:
    """Which browser somebody signed in by before: it says nothing else, and opens nothing."""

    def __init__(self, keyring: Keyring) -> None:
        self._marked = _Marked(keyring, purpose=_DEVICE_PURPOSE, length=2 * _SESSION_BYTES)

    def mint(self, user_id: UserId, *, session_id: SessionId) -> str:
        return self._marked.write(user_id.bytes + session_id.bytes)

    def device_of(self, token: str | None, *, user_id: UserId) -> UUID | None:
        """What the person's attempts by this browser are counted under; None for a stranger."""
        signed = None if token is None else self._marked.read(token)
        if signed is None or signed[:_SESSION_BYTES] != user_id.bytes:
            return None
        return UUID(bytes=signed[_SESSION_BYTES:])
