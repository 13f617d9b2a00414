"""Who may open a socket: origin, totals, rates, and the address that they are counted under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from arenapulse.core.addresses import client_of, counted_as
from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime.socket import limits
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.metrics import Counters


@dataclass(slots=True, kw_only=True)
class Handshake:
    """What a client said when it came; `headers` are dropped once it is connected."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer for a client that is not let in."""

    status: int
    message: str


class Bucket:
    """A token bucket; full when made."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, burst: float, *, now: float) -> None:
        self._tokens = burst
        self._at = now

    def take(self, count: int, *, now: float, rate: float, burst: float) -> bool:
        self._tokens = min(burst, self._tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True


@dataclass(slots=True, kw_only=True)
class Peer:
    """An engine session under its address, with its message allowance."""

    address: str
    bucket: Bucket
    polling: bool = False
    polled_at: float = 0.0


def fields_of(query: str) -> dict[str, str]:
    """The first value of each query field; nothing at all of a query with too many."""
    try:
        fields = parse_qs(query, max_num_fields=limits.QUERY_FIELDS_MAX)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name; a repeated one is one list, so no proxy's part of it is lost."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class Gate:
    """Counts what is open and says no before anything is spent on a newcomer."""

    def __init__(self, settings: SocketSettings, *, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._peers: dict[str, Peer] = {}
        self._open: dict[str, int] = {}
        self._handshakes: dict[str, Bucket] = {}
        self.draining = False

    def client_address(self, peer: str | None, *, headers: Mapping[str, str]) -> str:
        """The nearest address that no trusted proxy of ours has."""
        return client_of(
            peer,
            forwarded=headers.get("x-forwarded-for", ""),
            proxies=self._settings.trusted_proxies,
        )

    def refuses_origin(self, headers: Mapping[str, str]) -> Refusal | None:
        """Browsers send an Origin; what they send must be our own host or a listed one."""
        origin = headers.get("origin")
        if origin is None or origin in self._settings.allowed_origins:
            return None
        try:
            host = urlsplit(origin).netloc.lower()
        except ValueError:
            host = ""
        if host and host == headers.get("host", "").lower():
            return None
        self._counters.refused += 1
        return Refusal(403, "Origin is not allowed")

    def refuses_newcomer(self, address: str) -> Refusal | None:
        settings = self._settings
        key = counted_as(address)
        refusal: Refusal | None = None
        if self.draining:
            refusal = Refusal(503, "Server is going away")
        elif not self._takes_handshake(key):
            refusal = Refusal(429, "Too many handshakes")
        elif len(self._peers) >= settings.connections_max:
            refusal = Refusal(503, "Server is full")
        elif self._open.get(key, 0) >= settings.connections_per_address_max:
            refusal = Refusal(429, "Too many connections")
        if refusal is not None:
            self._counters.refused += 1
        return refusal

    def _takes_handshake(self, key: str) -> bool:
        settings = self._settings
        now = monotonic_seconds()
        # Taken out and put back so that the dict stays ordered by last use.
        bucket = self._handshakes.pop(key, None)
        if bucket is None:
            bucket = Bucket(settings.handshakes_burst, now=now)
            if len(self._handshakes) >= limits.ADDRESSES_MAX:
                del self._handshakes[next(iter(self._handshakes))]
        self._handshakes[key] = bucket
        return bucket.take(
            1, now=now, rate=settings.handshakes_per_second, burst=settings.handshakes_burst
        )

    def opened(self, session_id: str, *, address: str) -> Peer:
        """Count an engine session; a second call for the same one changes nothing."""
        peer = self._peers.get(session_id)
        if peer is None:
            bucket = Bucket(self._settings.messages_burst, now=monotonic_seconds())
            peer = self._peers[session_id] = Peer(address=address, bucket=bucket)
            key = counted_as(address)
            self._open[key] = self._open.get(key, 0) + 1
            self._counters.connections += 1
            self._counters.handshakes += 1
        return peer

    def closed(self, session_id: str) -> None:
        peer = self._peers.pop(session_id, None)
        if peer is None:
            return
        key = counted_as(peer.address)
        left = self._open.get(key, 1) - 1
        if left:
            self._open[key] = left
        else:
            self._open.pop(key, None)
        self._counters.connections -= 1

    def peer(self, session_id: str) -> Peer | None:
        return self._peers.get(session_id)

    def takes_message(self, peer: Peer, *, count: int = 1) -> bool:
        """False past the allowance; whoever asked closes the socket then."""
        settings = self._settings
        self._counters.frames_in += count
        return peer.bucket.take(
            count,
            now=monotonic_seconds(),
            rate=settings.messages_per_second,
            burst=settings.messages_burst,
        )
