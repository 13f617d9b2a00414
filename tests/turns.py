"""Tests that measure time have the machine for themselves, whichever worker runs the others."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

LOOK_SECONDS = 0.05


@contextlib.asynccontextmanager
async def turn(folder: Path, *, alone: bool) -> AsyncIterator[None]:
    """One's part of a run whose workers all give the same folder.

    Who wants to be alone waits in the door, so that nobody comes in before.
    """
    with (folder / "door.lock").open("w") as door, (folder / "room.lock").open("w") as room:
        await _locked(door, fcntl.LOCK_EX)
        await _locked(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


async def _locked(file: IO[str], how: int) -> None:
    """The loop goes on meanwhile: it has browsers and sockets to serve."""
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return
        await asyncio.sleep(LOOK_SECONDS)
