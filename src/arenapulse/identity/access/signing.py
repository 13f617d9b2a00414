"""Sensitive operations by API key are signed: a key that somebody read refunds nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Request

from arenapulse.core import clock
from arenapulse.identity import apikey, queries
from arenapulse.identity.access.deps import SignedIn, access_of
from arenapulse.identity.errors import NotSigned
from arenapulse.identity.schemas import Actor
from arenapulse.identity.terms import SIGNING_PURPOSE, signing_place
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.web.deps import RuntimeDep

Signed = Annotated[
    str,
    Header(
        alias="X-Signature",
        description="Of an API key's request: `t=<unix>,n=<nonce>,v1=<hex>`, the HMAC-SHA256 of "
        "`t.nonce.METHOD.path?query.body` by its signing secret; five minutes, a nonce once.",
    ),
]


class Signing:
    """A person's request needs no signature; a key's is judged after its rights."""

    def __init__(self, request: Request, *, signature: str, runtime: Runtime, actor: Actor) -> None:
        self._request = request
        self._signature = signature
        self._runtime = runtime
        self._actor = actor

    async def require(self, *, rights: Callable[[], Awaitable[object]] | None = None) -> None:
        """Raises what `rights` does, `NotSigned`, and `Unavailable` where no nonce can be kept.

        Without `rights` they are judged already.
        """
        if self._actor.key is None:
            return
        if rights is not None:
            await rights()
        signature = apikey.read_signature(self._signature)
        if signature is None or not signature.is_in_time(now_unix=clock.unix_seconds()):
            raise NotSigned
        sealed = await queries.signing_secret(self._runtime.database, key_id=self._actor.user_id)
        secret = self._runtime.keyring.open(
            sealed, purpose=SIGNING_PURPOSE, bound_to=signing_place(self._actor.user_id)
        ).decode()
        query = self._request.scope["query_string"].decode("latin-1")
        path = self._request.scope["raw_path"].decode("latin-1")
        signed = apikey.signed_text(
            signature,
            method=self._request.method,
            target=f"{path}?{query}" if query else path,
            body=await self._request.body(),
        )
        if not signature.is_of(signed, secret=secret):
            raise NotSigned
        nonces = access_of(self._request).nonces
        await nonces.use_up(self._actor.user_id, signature=signature)


async def signing_of(
    request: Request, runtime: RuntimeDep, actor: SignedIn, signature: Signed = ""
) -> Signing:
    return Signing(request, signature=signature, runtime=runtime, actor=actor)


SigningDep = Annotated[Signing, Depends(signing_of)]
