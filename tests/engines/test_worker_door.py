"""A worker's port: figures, and whether its loop turns."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request

import pytest

from arenapulse.entrypoints.worker_door import Beat, open_door

SILENT_SECONDS = 0.4


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


async def test_a_loop_that_hangs_is_told_of() -> None:
    beat = Beat(silent_seconds_max=SILENT_SECONDS)
    door = open_door(host="127.0.0.1", port=0, beat=beat)
    keeping = asyncio.create_task(beat.keep())
    loop = asyncio.get_running_loop()
    try:
        assert (await asyncio.to_thread(ask, door.server_port, "/health/live"))[0] == 200
        figures = await asyncio.to_thread(ask, door.server_port, "/metrics")
        assert (figures[0], "arenapulse_due_rows" in figures[1]) == (200, True)

        def late() -> tuple[int, str]:
            deadline = time.monotonic() + 10
            while (told := ask(door.server_port, "/health/live"))[0] == 200:
                assert time.monotonic() < deadline
            return told

        asked = loop.run_in_executor(None, late)
        # Nothing else runs here meanwhile.
        time.sleep(4 * SILENT_SECONDS)  # noqa: ASYNC251 - the subject itself
        assert await asked == (503, "the loop hangs\n")
        # It turns again.
        await asyncio.sleep(0)
        assert (await asyncio.to_thread(ask, door.server_port, "/health/live"))[0] == 200
    finally:
        keeping.cancel()
        door.shutdown()
        door.server_close()


def test_a_port_that_is_taken_ends_the_start() -> None:
    door = open_door(host="127.0.0.1", port=0, beat=Beat())
    try:
        with pytest.raises(OSError, match="in use"):
            open_door(host="127.0.0.1", port=door.server_port, beat=Beat())
    finally:
        door.shutdown()
        door.server_close()
