"""Calls to strangers' servers: each connection is judged by the address that it goes to.

The judge stands where the socket is made, so there is no name between what was judged and what is
connected to: not one that resolves differently the second time, not a redirect, not a spelling
that two parsers read differently.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from arenapulse.core import clock
from arenapulse.runtime import tracing
from arenapulse.runtime.db import forbid_in_transaction
from arenapulse.webhooks.destination import is_public
from arenapulse.webhooks.schemas import Attempt

CALL_SECONDS_MAX: Final = 10.0
LOOKUP_SECONDS_MAX: Final = 3.0
NAMES_KNOWN_MAX: Final = 10_000
# Threads for names that answered in time when they were asked last, for those that nobody knows,
# and for those that did not: the system's resolver holds a thread long after we have given up.
LOOKUPS_MAX: Final[Mapping[bool | None, int]] = {True: 16, None: 16, False: 4}
ADDRESSES_MAX: Final = 8
HEAD_BYTES_MAX: Final = 8_190

Lookup = Callable[[str, int], list[str]]


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver; blocks. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class AddressRefused(OSError):
    """It leads into our own networks."""


class Lookups:
    """Names, asked in threads; one whose server never answers keeps no other waiting."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._in_time: dict[str, bool] = {}
        self._threads = {
            known: ThreadPoolExecutor(most, thread_name_prefix="webhook-names")
            for known, most in LOOKUPS_MAX.items()
        }

    async def addresses(self, host: str, port: int) -> list[str]:
        """Raises `OSError` where there are none, `TimeoutError`, and `UnicodeError` for no name."""
        threads = self._threads[self._in_time.get(host)]
        running = asyncio.get_running_loop().run_in_executor(threads, self._lookup, host, port)
        try:
            async with asyncio.timeout(LOOKUP_SECONDS_MAX):
                found = await running
        except TimeoutError:
            self._learn(host, in_time=False)
            raise
        except (OSError, UnicodeError):
            # An answer as well: there is no such name.
            self._learn(host, in_time=True)
            raise
        self._learn(host, in_time=True)
        return found[:ADDRESSES_MAX]

    def _learn(self, host: str, *, in_time: bool) -> None:
        if len(self._in_time) >= NAMES_KNOWN_MAX:
            self._in_time.clear()
        self._in_time[host] = in_time


class Caller:
    """Posts to URLs that strangers gave; a connection a call."""

    def __init__(self, *, allow_private: bool, lookup: Lookup = look_up) -> None:
        self._allow_private = allow_private
        self._lookups = Lookups(lookup)

    async def is_refused(self, host: str, port: int) -> bool:
        """Whether a host leads into our networks now; one that is not found leads nowhere."""
        if self._allow_private:
            return False
        try:
            found = await self._lookups.addresses(host, port)
        except (OSError, TimeoutError, UnicodeError):
            return False
        return not all(is_public(address) for address in found)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """One try; never raises for what the other side does."""
        forbid_in_transaction("a webhook")
        began_at, began = clock.now(), clock.monotonic_seconds()
        with tracing.part("vendor", attributes={"vendor": "webhook"}, is_call=True):
            status, error = await self._post(url, body=body, headers=headers)
        ms = round((clock.monotonic_seconds() - began) * 1000)
        return Attempt(at=began_at, ms=ms, status=status, error=error)

    async def _post(
        self, url: str, *, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int | None, str | None]:
        refused: list[str] = []
        connector = aiohttp.TCPConnector(
            resolver=_Names(self._lookups),
            use_dns_cache=False,
            force_close=True,
            ssl=self._tls,
            socket_factory=partial(self._socket, refused=refused),
        )
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=aiohttp.ClientTimeout(total=CALL_SECONDS_MAX),
                    trust_env=False,
                    auto_decompress=False,
                    max_line_size=HEAD_BYTES_MAX,
                    max_field_size=HEAD_BYTES_MAX,
                ) as session,
                session.post(
                    url, data=body, headers=dict(headers), allow_redirects=False
                ) as answer,
            ):
                return answer.status, None
        except TimeoutError:
            return None, "timeout"
        except aiohttp.ClientConnectorDNSError:
            return None, "name_not_found"
        except aiohttp.ClientSSLError:
            return None, "tls"
        except (aiohttp.ClientError, OSError, ValueError):
            # ValueError: what urllib takes for a URL and the client does not.
            return None, "address_refused" if refused else "no_connection"

    def _socket(self, entry: Any, *, refused: list[str]) -> socket.socket:
        family, kind, protocol, _, address = entry
        if not self._allow_private and not is_public(str(address[0])):
            refused.append(str(address[0]))
            raise AddressRefused("a private address")
        return socket.socket(family, kind, protocol)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


class _Names(AbstractResolver):
    """Names as `Lookups` finds them."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        try:
            found = await self._lookups.addresses(host, port)
        except (TimeoutError, UnicodeError) as error:
            raise OSError("the name was not found") from error
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is kept open."""
