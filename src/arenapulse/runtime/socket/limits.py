"""What the socket server may be told and what it never exceeds."""

from __future__ import annotations

from dataclasses import dataclass, field

from arenapulse.core.addresses import TrustedProxies

# The ticker drives pings, pong deadlines and slow-consumer checks for every socket at once.
TICK_SECONDS = 0.25
# Frames from one client that may wait for its handlers before its connection stops being read.
INBOX_MAX = 32
# What cannot be dropped (acks, personal frames) may pile up this far; then the socket is closed.
BACKLOG_BYTES_MAX = 1_048_576
# Packets a polling client may leave unfetched, whatever their size.
POLLING_PACKETS_MAX = 512
# Engine.IO clients split their POSTs; the stock server takes 16 packets at most.
POST_PACKETS_MAX = 16
# A binary event may bring this many attachments.
ATTACHMENTS_MAX = 8
# After a close frame a peer that does not read keeps its transport this long.
CLOSE_GRACE_SECONDS = 2.0
# A slow reader is caught up when this little waits in the process.
CAUGHT_UP_BYTES = 4_096
# Addresses whose handshake rate is remembered; the longest silent one is forgotten first.
ADDRESSES_MAX = 100_000
# Kernel memory a slow reader can hold: Linux doubles the first, and stops taking at the second.
SEND_BUFFER_BYTES = 65_536
UNSENT_BYTES_MAX = 16_384
# Descriptors past this share of those that a process may open are for sockets alone; a socket
# without a duplicate is served through its transport, which is slower.
DUPLICATES_SHARE = 0.75
# Engine.IO clients send five.
QUERY_FIELDS_MAX = 16
# Polls of one client are at least this far apart, so a busy room does not turn into a busy loop.
POLL_SPACING_SECONDS = 0.05
# What a refused client is told to wait.
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    """Limits and paths of one socket server; the defaults are those of production."""

    path: str = "/socket.io"
    stock: bool = False
    ping_interval_seconds: float = 25.0
    ping_timeout_seconds: float = 20.0
    payload_bytes_max: int = 32_768
    rooms_max: int = 64
    messages_per_second: float = 20.0
    messages_burst: int = 60
    connections_max: int = 12_000
    connections_per_address_max: int = 4_000
    # Whole stadiums share a carrier's address, so these only stop one machine from hogging a core.
    handshakes_per_second: float = 200.0
    handshakes_burst: int = 1_000
    allowed_origins: frozenset[str] = field(default_factory=frozenset[str])
    trusted_proxies: TrustedProxies = field(default_factory=TrustedProxies)
    buffer_bytes_max: int = 65_536
    stalled_seconds_max: float = 30.0
    # An engine session that joined no namespace by then is not a Socket.IO client.
    connect_seconds_max: float = 20.0
    upgrade_seconds_max: float = 10.0
    handler_seconds_max: float = 15.0
