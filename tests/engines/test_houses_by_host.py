"""Past one PostgreSQL: a real HAProxy sends each host to its own house, and strangers nowhere."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from arenapulse.runtime.engines.ports import free_port
from tests.engines.conftest import until

DEPLOY = Path(__file__).parents[2] / "deploy" / "haproxy"


@contextmanager
def house(name: str) -> Generator[str]:
    """Says its name to whoever asks."""

    class Says(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Says) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def proxy() -> Iterator[str]:
    haproxy = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    if haproxy is None:
        pytest.skip("Debian's haproxy is not installed")
    with ExitStack() as stack:
        bind = f"127.0.0.1:{free_port()}"
        environment = {
            "PROXY_BIND": bind,
            "HOUSES_MAP": str(DEPLOY / "houses.map"),
            "HOUSE_NORTH": stack.enter_context(house("north")),
            "HOUSE_SOUTH": stack.enter_context(house("south")),
        }
        words = [haproxy, "-db", "-f", str(DEPLOY / "houses.cfg")]
        running = stack.enter_context(subprocess.Popen(words, env=environment))
        stack.callback(running.kill)
        assert until(lambda: answers(bind), seconds=60)
        yield f"http://{bind}"


def answers(bind: str) -> bool:
    try:
        return httpx.get(f"http://{bind}/metrics").status_code == 404
    except httpx.TransportError:
        return False


def test_each_host_has_its_house_and_a_strange_one_has_none(proxy: str) -> None:
    said = {
        host: (answer.status_code, answer.text if answer.status_code == 200 else "")
        for host in (
            *("tickets.north.example", "TICKETS.South.example:443"),
            *("tickets.west.example", "north", ""),
        )
        for answer in [httpx.get(f"{proxy}/api/v1/events", headers={"Host": host})]
    }
    assert said == {
        "tickets.north.example": (200, "north"),
        "TICKETS.South.example:443": (200, "south"),
        "tickets.west.example": (421, ""),
        "north": (421, ""),
        "": (421, ""),
    }
