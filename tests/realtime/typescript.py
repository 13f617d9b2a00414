"""The published TypeScript client in a Node process, as a client among others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


class TypescriptState:
    """What it shows; the names are those of the Python client's `EventState`."""

    def __init__(self) -> None:
        self.live = False
        self.current_capacity = 0
        self.sections: dict[str, Any] = {}
        self.status: str | None = None
        self.epoch: str | None = None

    async def listen(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            said = json.loads(line)
            self.live, self.status = said["live"], said["status"]
            self.current_capacity, self.sections = said["currentCapacity"], said["sections"]


@contextlib.asynccontextmanager
async def typescript(url: str, *, event_id: object) -> AsyncIterator[TypescriptState]:
    node = Path(sys.executable).with_name("node")
    script = Path(__file__).with_name("follow.mjs")
    process = await asyncio.create_subprocess_exec(
        *(node, "--experimental-strip-types", "--disable-warning=ExperimentalWarning"),
        *(script, ROOT / "web", url, str(event_id)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    state = TypescriptState()
    listening = asyncio.create_task(state.listen(process.stdout))
    try:
        yield state
    finally:
        process.stdin.close()
        assert await process.wait() == 0
        await listening
