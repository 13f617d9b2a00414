"""What a house in trouble has beside it: a full disk, a door whose certificate ends soon."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Final

from tests.certificates import self_signed

FULL_BYTES: Final = 1 << 20


def children_of(parent: int) -> list[int]:
    """The oldest first."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = stat.read_text()
            if int(text[text.rindex(")") + 2 :].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return sorted(found)


@contextlib.contextmanager
def full_disk(folder: Path) -> Generator[None]:
    """A disk of a megabyte with a twentieth left."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={FULL_BYTES}", "tmpfs", str(folder)]
    subprocess.run(words, check=True)
    try:
        (folder / "pictures").write_bytes(bytes(FULL_BYTES * 19 // 20))
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextlib.asynccontextmanager
async def door_of_tls(folder: Path) -> AsyncGenerator[int]:
    chain, key = self_signed(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context) as door:
        yield int(door.sockets[0].getsockname()[1])
