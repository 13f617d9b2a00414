"""Where we may be sent by a stranger: public addresses alone, whatever a name resolves to. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

# Platforms answer secrets to whoever asks from within; these addresses look public.
_METADATA: Final = frozenset({IPv4Address("168.63.129.16"), IPv4Address("192.0.0.192")})
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# IPv4-compatible (deprecated) addresses: the last 32 bits are an IPv4 address.
_COMPATIBLE: Final = IPv6Network("::/96")
_IPV4_BITS: Final = 0xFFFF_FFFF


def is_public(text: str) -> bool:
    """Whether an address leads out of our networks, by whatever way it is written or mapped."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        return (
            address.is_global and not _is_closed(address) and all(map(_is_open, _within(address)))
        )
    return _is_open(address)


def _within(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that it may be translated to on its way."""
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in (*_NAT64, _COMPATIBLE)):
        found.append(IPv4Address(int(address) & _IPV4_BITS))
    return [each for each in found if each is not None]


def _is_open(address: IPv4Address) -> bool:
    return address.is_global and not _is_closed(address) and address not in _METADATA


def _is_closed(address: IPv4Address | IPv6Address) -> bool:
    # Site-local (fec0::/10) is deprecated and called global, and is still in use inside networks.
    is_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_multicast or address.is_reserved or address.is_unspecified or is_local


def parsed(url: str, *, is_plain_allowed: bool) -> tuple[str, int]:
    """Host and port of a URL that we may be given; raises `ValueError` that says what is wrong."""
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url) or "\\" in url:
        raise ValueError("must be a URL without blanks")
    parts = urlsplit(url)
    schemes = ("https", "http") if is_plain_allowed else ("https",)
    if parts.scheme not in schemes:
        raise ValueError("must begin with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a name or a password")
    if not parts.hostname or parts.fragment:
        raise ValueError("must name a host and no fragment")
    port = parts.port
    if port == 0:
        raise ValueError("must name a port that there is")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)
