"""The whole product as `make run` starts it, but with two servers: engines, demo, worker, web."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.seed import seed
from tests.conftest import settings_for
from tests.e2e.crowd import sell_to_a_crowd
from tests.servers import Server, start_server, stop, worker

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
BUILT = WEB / "dist" / "index.html"
BUILD_SECONDS_MAX = 300
PASSWORD = "lantern-demo-password"
SERVERS = 2


@dataclass(frozen=True)
class Stack:
    """`servers` share one database and one Redis."""

    settings: Settings
    servers: list[Server]
    web_folder: Path

    @property
    def url(self) -> str:
        return self.servers[0].url

    async def another_server(self, *, port: int | None = None) -> Server:
        return await start_server(self.settings, port=port, ARENAPULSE_WEB=str(self.web_folder))


def _changed_at() -> float:
    """When the web app's sources last changed, a look at what its make target depends on."""
    files = [path for name in ("src", "public") for path in (WEB / name).rglob("*")]
    files += [WEB / name for name in ("index.html", "vite.config.ts", "package-lock.json")]
    return max(path.stat().st_mtime for path in files)


def built_web(folder: Path) -> Path:
    """A copy of the web app as built from the sources of now; `folder` must not exist yet."""
    if not BUILT.is_file() or BUILT.stat().st_mtime < _changed_at():
        target = str(BUILT.relative_to(ROOT))
        made = subprocess.run(
            ["make", target],
            cwd=ROOT,
            env={**os.environ, "MAKEFLAGS": ""},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS_MAX,
            check=False,
        )
        if made.returncode != 0:
            pytest.fail(f"`make {target}` failed, mend that first:\n{made.stdout}\n{made.stderr}")
    # A build that somebody starts meanwhile would take the files away under the servers.
    shutil.copytree(BUILT.parent, folder)
    return folder


@contextlib.asynccontextmanager
async def running(database_url: str, redis_url: str, *, web_folder: Path) -> AsyncIterator[Stack]:
    """`redis_url` is of a Redis that nobody else hears: the demo's ids are the same everywhere."""
    settings = settings_for(database_url, redis_url, demo_password=PASSWORD)
    await seed(settings)
    await sell_to_a_crowd(settings)
    stack = Stack(settings, [], web_folder)
    with worker(settings):
        try:
            for _ in range(SERVERS):
                stack.servers.append(await stack.another_server())
            yield stack
        finally:
            stop(server.process for server in stack.servers)
