"""Free loopback ports."""

from __future__ import annotations

import secrets
import socket

LOOPBACK = "127.0.0.1"
# Below the range that systems give to outgoing connections (Linux from 32768, macOS from 49152):
# one of those would otherwise sit on an engine's port between two starts.
FIRST, LAST = 15_000, 32_000
TRIES_MAX = 200


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do, so that a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(*, preferred: int | None = None) -> int:
    """The preferred port if it is free, else any."""
    if preferred is not None and is_free(preferred):
        return preferred
    for _ in range(TRIES_MAX):
        port = FIRST + secrets.randbelow(LAST - FIRST)
        if is_free(port):
            return port
    # Whatever the system has left; the caller notices if even that is taken.
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
