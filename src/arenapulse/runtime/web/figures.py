"""`/metrics` of several processes on one port as one page: each sample says whose it is.

Who is asked hands each mate one end of a pair of sockets, with a request in it for the mate's own
figures. Else each look would meet another process, and its counters would seem to rise and fall.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Mapping
from typing import Final

from arenapulse.runtime.web.crew import Mates

OWN: Final = "x-own-figures"
MATE_SECONDS_MAX: Final = 2.0
PAGE_BYTES_MAX: Final = 4_000_000
END: Final = "# EOF"
_SAMPLE: Final = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*?)\})?(?= )")


async def gathered(mates: Mates, *, own: str, headers: Mapping[str, str]) -> str:
    """The page of all who answer in time; `headers` say who asks, and in which form."""
    others = [index for index in range(mates.station.count) if index != mates.station.index]
    told = await asyncio.gather(*(_asked(mates, index, headers) for index in others))
    pages = {mates.station.index: own}
    pages |= {index: page for index, page in zip(others, told, strict=True) if page is not None}
    return joined(pages)


async def _asked(mates: Mates, index: int, headers: Mapping[str, str]) -> str | None:
    lines = [f"{name}: {headers[name]}" for name in ("accept", "authorization") if name in headers]
    wanted = "\r\n".join(
        ["GET /metrics HTTP/1.1", "host: mate", "connection: close", f"{OWN}: 1", *lines, "", ""]
    )
    ours, theirs = socket.socketpair()
    with theirs:
        is_taken = mates.hand_over(index, theirs.fileno(), read=wanted.encode("latin-1"))
    if not is_taken:
        ours.close()
        return None
    ours.setblocking(False)
    # One that is not there, or busy for so long, is missing on the page.
    with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        async with asyncio.timeout(MATE_SECONDS_MAX):
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=PAGE_BYTES_MAX)
            with contextlib.closing(writer):
                return await _page(reader)
    return None


async def _page(reader: asyncio.StreamReader) -> str | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if not head.startswith("http/1.1 200 "):
        return None
    length = re.search(r"\r\ncontent-length: (\d+)\r\n", head)
    if length is None or int(length[1]) > PAGE_BYTES_MAX:
        return None
    return (await reader.readexactly(int(length[1]))).decode()


def joined(pages: Mapping[int, str]) -> str:
    """One page of several processes': each family once, each sample with its `process`."""
    heads: dict[str, dict[str, None]] = {}
    samples: dict[str, list[str]] = {}
    is_ended = False
    for process, page in sorted(pages.items()):
        family = ""
        for line in page.splitlines():
            if line == END:
                is_ended = True
            elif line.startswith("# "):
                family = line.split(" ", 3)[2]
                heads.setdefault(family, {})[line] = None
            else:
                heads.setdefault(family, {})
                samples.setdefault(family, []).append(_labelled(line, process))
    lines = [line for family, told in heads.items() for line in (*told, *samples.get(family, ()))]
    return "\n".join([*lines, *([END] if is_ended else [])]) + "\n"


def _labelled(line: str, process: int) -> str:
    found = _SAMPLE.match(line)
    if found is None:
        return line
    labels = f",{found[2]}" if found[2] else ""
    return f'{found[1]}{{process="{process}"{labels}}}{line[found.end() :]}'
