"""Who is behind a request or a socket, and in what role; obeys revocations within half a second.

Tokens are verified once and remembered. What ends them early (a revoked session, a changed
membership) is read from PostgreSQL twice a second and heard of at once through Redis, so that
Redis being away changes nothing but the milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from arenapulse.core import clock
from arenapulse.core.errors import NotAuthenticated, Refusal, TokenExpired
from arenapulse.core.ids import OrganizationId, SessionId, UserId
from arenapulse.identity import apikey, queries
from arenapulse.identity.access.feed import AccessFeed
from arenapulse.identity.access.keybook import KeyBook
from arenapulse.identity.access.nonces import Nonces
from arenapulse.identity.schemas import Actor, Revoked, Role
from arenapulse.identity.tokens import GUEST_LIFETIME, LIFETIME, AccessTokens
from arenapulse.runtime import log
from arenapulse.runtime.audit import Caller, caller
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import Redis
from arenapulse.runtime.sharing import FreshReads

VERIFIED_MAX: Final = 65_536
ROLES_MAX: Final = 65_536
ROLE_AGE_SECONDS_MAX: Final = 0.5
WATCHERS_MAX: Final = 64
# No token of a session can live longer than this after the session ended.
_REMEMBER_SECONDS: Final = max(LIFETIME, GUEST_LIFETIME).total_seconds() + 300
_SCHEME: Final = b"bearer "

Watcher = Callable[[Revoked], None]

_log = log.logger("identity.access")


class Access:
    """One a process; `start` first, `stop` last."""

    def __init__(
        self,
        *,
        database: Database,
        keyring: Keyring,
        redis: Redis,
        verified_max: int = VERIFIED_MAX,
    ) -> None:
        self.tokens = AccessTokens(keyring)
        self.nonces = Nonces(redis, database=database)
        self._database = database
        self._keybook = KeyBook(database)
        self._feed = AccessFeed(database=database, redis=redis, hear=self._obey)
        self._verified_max = verified_max
        self._verified: dict[str, tuple[Actor, float]] = {}
        self._tokens_of: dict[SessionId, set[str]] = {}
        self._ended: dict[SessionId, float] = {}
        self._roles: FreshReads[tuple[UserId, OrganizationId, bool], Role | None] = FreshReads(
            self._read_role, seconds_max=ROLE_AGE_SECONDS_MAX, entries_max=ROLES_MAX
        )
        self._organizations: FreshReads[UserId, tuple[OrganizationId, ...]] = FreshReads(
            self._read_organizations, seconds_max=ROLE_AGE_SECONDS_MAX, entries_max=ROLES_MAX
        )
        self._watchers: list[Watcher] = []

    async def start(self) -> None:
        """Learns which sessions ended lately, then listens."""
        await self._feed.start(since_seconds=_REMEMBER_SECONDS)
        await self.nonces.open()

    async def stop(self) -> None:
        await self._feed.stop()

    def authenticate(self, token: str) -> Actor:
        """Raises `NotAuthenticated` or `TokenExpired`."""
        known = self._verified.get(token)
        if known is None:
            return self._first_sight(token)
        actor, expires_at = known
        if expires_at <= clock.unix_seconds():
            self._forget(token)
            raise TokenExpired
        return actor

    async def authenticate_header(self, value: bytes | None) -> Actor:
        """The same for the value of `Authorization`, which may be an API key.

        From here on the request is theirs in the audit log. Raises `NotAuthenticated` without one.
        """
        token = _token_in(value)
        if token is None:
            raise NotAuthenticated
        if token.startswith(apikey.PREFIX):
            actor = await self._keybook.actor(token)
            assert actor.key is not None
            caller.set(
                Caller(
                    actor_id=actor.user_id,
                    key_id=actor.user_id,
                    organization_id=actor.key.organization_id,
                )
            )
        else:
            actor = self.authenticate(token)
            caller.set(Caller(actor_id=actor.user_id, session_id=actor.session_id))
        return actor

    def by_token(self, value: bytes | None) -> Actor | None:
        """Who that is, if it is a token that holds: then nothing is looked up."""
        token = _token_in(value)
        if token is None or token.startswith(apikey.PREFIX):
            return None
        try:
            return self.authenticate(token)
        except Refusal:
            return None

    async def role_in(self, actor: Actor, *, organization_id: OrganizationId) -> Role | None:
        """The actor's role, None for no member; at most 0.5 s old. ADMIN counts as OWNER."""
        if actor.key is not None:
            return queries.role_of_key(actor.key, organization_id)
        return await self._roles.get((actor.user_id, organization_id, actor.is_admin))

    def known_role(self, actor: Actor, *, organization_id: OrganizationId) -> Role | None:
        """The same where it is known; None says nothing of who is a member."""
        if actor.key is not None:
            return queries.role_of_key(actor.key, organization_id)
        return self._roles.known((actor.user_id, organization_id, actor.is_admin))

    async def organizations_of(self, actor: Actor) -> tuple[OrganizationId, ...] | None:
        """Whose hidden things the actor sees, at most 0.5 s old; None for an ADMIN: everybody's."""
        if actor.is_admin:
            return None
        if actor.key is not None:
            return (actor.key.organization_id,)
        return await self._organizations.get(actor.user_id)

    def watch(self, callback: Watcher) -> None:
        """Calls back, in this process's loop, for every session ended and membership changed.

        The same news may come more than once.
        """
        assert len(self._watchers) < WATCHERS_MAX
        self._watchers.append(callback)

    async def tell(self, news: Revoked) -> None:
        """Obeys `news` in this process and sends it to the others; never raises."""
        self._obey(news)
        await self._feed.publish(news)

    async def _read_role(self, key: tuple[UserId, OrganizationId, bool]) -> Role | None:
        user_id, organization_id, is_admin = key
        return await queries.role_from_pool(
            self._database, user_id=user_id, is_admin=is_admin, organization_id=organization_id
        )

    async def _read_organizations(self, user_id: UserId) -> tuple[OrganizationId, ...]:
        return await queries.organization_ids_from_pool(self._database, user_id=user_id)

    def _first_sight(self, token: str) -> Actor:
        actor = self.tokens.check(token, now=clock.now())
        if actor.session_id in self._ended:
            raise NotAuthenticated
        while len(self._verified) >= self._verified_max:
            self._forget(next(iter(self._verified)))
        self._verified[token] = (actor, actor.expires_at.timestamp())
        self._tokens_of.setdefault(actor.session_id, set()).add(token)
        return actor

    def _forget(self, token: str) -> None:
        actor, _ = self._verified.pop(token)
        tokens = self._tokens_of[actor.session_id]
        tokens.discard(token)
        if not tokens:
            del self._tokens_of[actor.session_id]

    def _obey(self, news: Revoked) -> None:
        now = clock.monotonic_seconds()
        fresh = [ended for ended in news.session_ids if ended not in self._ended]
        for session_id in fresh:
            self._ended[session_id] = now
            for token in self._tokens_of.pop(session_id, ()):
                self._verified.pop(token, None)
        if news.organization_id is not None:
            for is_admin in (False, True):
                self._roles.forget((news.user_id, news.organization_id, is_admin))
            self._organizations.forget(news.user_id)
        self._let_go(now)
        if fresh or news.organization_id is not None:
            for watcher in self._watchers:
                _call(watcher, news)

    def _let_go(self, now: float) -> None:
        while self._ended:
            oldest = next(iter(self._ended))
            if now - self._ended[oldest] < _REMEMBER_SECONDS:
                return
            del self._ended[oldest]


def _token_in(value: bytes | None) -> str | None:
    if value is None or value[: len(_SCHEME)].lower() != _SCHEME:
        return None
    return value[len(_SCHEME) :].strip().decode("latin-1")


def _call(watcher: Watcher, news: Revoked) -> None:
    try:
        watcher(news)
    except Exception as error:  # noqa: BLE001 - one deaf listener must not silence the others
        _log.error("a watcher of revocations failed", exc_info=error)
