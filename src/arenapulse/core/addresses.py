"""Addresses of clients: one spelling, one bucket to count by, one way to find who is asking.

HTTP, guessing limits, caps on connections and sockets all read addresses here. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

NOWHERE: Final = "local"
"""The peer of a connection that has no address."""
FORWARDED_HOPS_MAX: Final = 16
"""A longer X-Forwarded-For is nobody's honest chain of proxies."""
_CHARACTERS_MAX: Final = 64
_HOST_BITS: Final = 64
_REMEMBERED: Final = 65_536


@lru_cache(maxsize=_REMEMBERED)
def canonical(text: str) -> str | None:
    """The one spelling of `a.b.c.d`, `a.b.c.d:port`, `::ffff:a.b.c.d`, `[v6]:port`, `v6%zone`.

    None for what is no address.
    """
    found = _parsed(text)
    return None if found is None else str(found)


@lru_cache(maxsize=_REMEMBERED)
def counted_as(address: str) -> str:
    """What an address is counted under: itself, or its IPv6 /64, which one household has whole."""
    found = _parsed(address)
    if found is None:
        return address[:_CHARACTERS_MAX]
    if isinstance(found, IPv4Address):
        return str(found)
    # By its number: a network made of it would cost five times as much.
    return str(IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS))


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Those whose X-Forwarded-For counts, by address or network."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, *given: str) -> TrustedProxies:
        """Raises `ValueError` for what is neither an address nor a network."""
        return cls(tuple(ip_network(_parsed(text) or text) for text in given))

    def covers(self, address: str) -> bool:
        return bool(self.networks) and _covers(self, address)


@lru_cache(maxsize=_REMEMBERED)
def _covers(proxies: TrustedProxies, address: str) -> bool:
    found = _parsed(address)
    return found is not None and any(found in network for network in proxies.networks)


def client_of(peer: str | None, *, forwarded: str, proxies: TrustedProxies) -> str:
    """The nearest address that no trusted proxy of ours has; `forwarded` is X-Forwarded-For.

    What stands before it in the header was said by the client itself, and does not count.
    """
    known = NOWHERE if peer is None else canonical(peer) or NOWHERE
    if not forwarded or not proxies.covers(known):
        return known
    hops = forwarded.split(",", FORWARDED_HOPS_MAX)
    if len(hops) > FORWARDED_HOPS_MAX:
        return known
    for hop in reversed(hops):
        address = canonical(hop.strip())
        if address is None:
            return known
        if not proxies.covers(address):
            return address
        known = address
    return known


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    if len(text) > _CHARACTERS_MAX:
        return None
    bare = text
    if bare.startswith("["):
        bare, closed, port = bare[1:].partition("]")
        if not closed or (port and not _is_port(port)):
            return None
    elif bare.count(":") == 1:
        bare, _, port = bare.partition(":")
        if not _is_port(f":{port}"):
            return None
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdigit()
