"""Nothing outlives the parent, in whatever way it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from arenapulse.runtime.engines.children import LEASH
from arenapulse.runtime.engines.leash import EXIT_NOT_STARTED, EXIT_ORPHANED
from tests.engines.conftest import Holder, descendants, is_running, until

GONE_SECONDS_MAX = 10.0
LOAD_SECONDS = 1.0
# One computes, one writes pages that a checkpoint would have to flush, one sleeps.
WORK = (
    "SELECT count(*) FROM generate_series(1, 1000000000)",
    "INSERT INTO t SELECT generate_series(1, 50000000)",
    "SELECT pg_sleep(600)",
)


def all_gone(pids: set[int]) -> bool:
    return until(lambda: not any(map(is_running, pids)), seconds=GONE_SECONDS_MAX)


def test_kill_9_leaves_nothing(hold: Callable[[Path], Holder], data: Path) -> None:
    holder = hold(data)
    below = holder.kill()
    # PostgreSQL has children of its own, which must be among those that are watched.
    assert set(holder.pids.values()) < below
    assert len(below) >= 2 + 5
    assert all_gone(below)


def test_kill_9_under_load_leaves_nothing(hold: Callable[[Path], Holder], data: Path) -> None:
    holder = hold(data)

    async def load() -> set[int]:
        async with contextlib.AsyncExitStack() as stack:
            busy = [await asyncpg.connect(holder.database_url) for _ in WORK]
            for connection in busy:
                stack.callback(connection.terminate)
            await busy[0].execute("CREATE TABLE t (i bigint)")
            tasks = [
                asyncio.create_task(connection.execute(sql))
                for connection, sql in zip(busy, WORK, strict=True)
            ]
            _, working = await asyncio.wait(tasks, timeout=LOAD_SECONDS)
            below = holder.kill()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert working == set(tasks)
            return below

    assert all_gone(asyncio.run(load()))


def test_clean_stop_leaves_nothing_and_needs_no_recovery(
    hold: Callable[[Path], Holder], data: Path
) -> None:
    holder = hold(data)
    below = descendants(holder.process.pid)
    assert holder.process.stdin is not None
    holder.process.stdin.close()
    assert holder.process.wait(timeout=30) == 0
    assert not any(map(is_running, below))
    assert not (data / "engines" / "postgres" / "postmaster.pid").exists()
    hold(data)
    assert "not properly shut down" not in (data / "engines" / "postgres.log").read_text()


def leashed(*program: str, parent: int, mode: tuple[str, ...] = ()) -> list[str]:
    head = [str(parent), "-1", "-1", str(int(signal.SIGKILL)), *mode]
    return [sys.executable, "-I", "-S", str(LEASH), *head, "--", *program]


def test_program_is_not_started_when_the_parent_is_gone_already(tmp_path: Path) -> None:
    # As if the parent had died between the fork and the tie: another process is our parent now.
    ran = tmp_path / "ran"
    with subprocess.Popen(["/bin/true"]) as gone:
        gone.wait()
    done = subprocess.run(leashed("/bin/touch", str(ran), parent=gone.pid), check=False)
    assert done.returncode == EXIT_ORPHANED
    assert not ran.exists()


def test_program_that_is_missing_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        leashed(str(tmp_path / "none"), parent=os.getpid()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == EXIT_NOT_STARTED
    assert str(tmp_path / "none") in done.stderr


MIDDLE = """
import subprocess, sys, os
child = subprocess.Popen([*sys.argv[1:3], '-S', sys.argv[3], str(os.getpid()), *sys.argv[4:]])
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", [(), ("watch",)])
def test_leash_ends_the_program_with_its_parent(mode: tuple[str, ...]) -> None:
    """By the kernel, and by the watcher that stands in where the kernel cannot (macOS)."""
    command = leashed("/bin/sleep", "300", parent=0, mode=mode)
    rest = [word for index, word in enumerate(command) if index not in {2, 4}]
    with subprocess.Popen(
        [sys.executable, "-c", MIDDLE, rest[0], rest[1], *rest[2:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as middle:
        assert middle.stdout is not None
        child = int(middle.stdout.readline())
        assert until(lambda: Path(f"/proc/{child}/comm").read_text().strip() == "sleep", seconds=20)
        middle.kill()
        middle.wait()
        assert until(lambda: not is_running(child), seconds=GONE_SECONDS_MAX)
