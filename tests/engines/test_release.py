"""`arenapulse release` over a real HAProxy with the configuration that is deployed.

The whole story, with real servers, orders and sockets, is `make rehearse`.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from arenapulse.entrypoints.release.haproxy import Proxy, ProxyAway
from bench.stack import free_port
from tests.architecture.tree import ROOT
from tests.engines.conftest import until

HAPROXY = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
pytestmark = pytest.mark.skipif(HAPROXY is None, reason="Debian's haproxy is not installed")


class Version(ThreadingHTTPServer):
    """Something that answers as a version of ours does; `is_bad` refuses what it has done."""

    daemon_threads = True

    def __init__(self, name: str, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answers)
        self.name = name
        self.is_bad = False
        self.token = ""
        self.orders: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}).start()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Version

    def do_GET(self) -> None:
        token, given = self.server.token, self.headers.get("authorization")
        is_closed = self.path == "/metrics" and token and given != f"Bearer {token}"
        self.answer(401 if is_closed else 200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.orders.append(self.headers.get("idempotency-key", ""))
        self.answer(500 if self.server.is_bad else 201)

    def answer(self, status: int) -> None:
        body = b"arenapulse_requests_total 1\n"
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-version", self.server.name)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Front:
    port: int
    proxy: Proxy
    path: Path
    blue: Version
    green: Version
    statuses: list[int] = field(default_factory=list)

    def order(self, key: str | None) -> tuple[int, str | None]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {} if key is None else {"Idempotency-Key": key}
        link.request("POST", "/api/v1/orders", body=b"{}", headers=headers)
        answer = link.getresponse()
        link.close()
        return answer.status, answer.headers["x-version"]

    def release(self, *words: str) -> tuple[int, str]:
        """While orders come in."""
        command = [sys.executable, "-m", "arenapulse", "release", *words]
        steps = ["--proxy", str(self.path), "--steps", "50", "--watch", "0.7", "--requests", "5"]
        with subprocess.Popen([*command, *steps], stdout=subprocess.PIPE, text=True) as child:
            number = 0
            while child.poll() is None:
                number += 1
                self.statuses.append(self.order(f"{words[0]}-{number}")[0])
                time.sleep(0.005)
            assert child.stdout is not None
            return child.returncode, child.stdout.read()

    def weights(self) -> dict[str, int]:
        return {colour: c.weight for (b, colour), c in self.proxy.counts().items() if b == "api"}


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    blue, green = Version("blue"), Version("green")
    path = tmp_path / "admin.sock"
    port = free_port()
    variables = os.environ | {
        "PROXY_BIND": f"127.0.0.1:{port}",
        "PROXY_SOCKET": str(path),
        "PROXY_STATE": str(path.with_suffix(".state")),
        "PROXY_BLUE": f"127.0.0.1:{blue.server_port}",
        "PROXY_GREEN": f"127.0.0.1:{green.server_port}",
    }
    configuration = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
    words = [str(HAPROXY), "-db", "-q", "-f", str(configuration)]
    with subprocess.Popen(words, env=variables, stderr=subprocess.DEVNULL) as child:
        try:
            assert until(path.exists, seconds=30)
            yield Front(port, Proxy(path), path, blue, green)
        finally:
            child.kill()
            for version in (blue, green):
                version.shutdown()
                version.server_close()


def test_a_good_version_has_everything_and_a_bad_one_is_taken_back(front: Front) -> None:
    code, said = front.release("green")
    assert (code, front.weights()) == (0, {"blue": 0, "green": 100}), said
    assert front.proxy.counts()["api", "blue"].is_closed
    assert front.order("after") == (201, "green")
    assert "api 1 blue" in front.path.with_suffix(".state").read_text().replace("3 api", "api")

    front.blue.is_bad = True
    front.blue.orders.clear()
    code, said = front.release("blue")
    assert (code, front.weights()) == (1, {"blue": 0, "green": 100})
    assert "taken back to green" in said
    assert "of its answers are errors" in said
    # The bad one was asked; whoever it failed was served by the other under the same key.
    assert front.blue.orders
    assert set(front.blue.orders) <= set(front.green.orders)
    assert set(front.statuses) == {201}


def test_what_has_no_key_is_not_asked_twice(front: Front) -> None:
    front.blue.is_bad = True
    assert front.order(None) == (500, "blue")
    assert front.order("k") == (500, "blue")
    # Green takes part: it is asked where a key makes that harmless.
    front.proxy.weigh(colour="green", weight=1)
    assert until(lambda: front.order("k2") == (201, "green"), seconds=30)
    assert front.order(None)[0] in {500, 201}


def test_a_version_that_shows_no_figures_gets_nothing_without_its_token(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.green.token = "a-token-that-is-long-enough-here"
    code, said = front.release("green")
    assert (code, front.weights()) == (1, {"blue": 100, "green": 0})
    assert "ARENAPULSE_METRICS_TOKEN" in said
    monkeypatch.setenv("ARENAPULSE_METRICS_TOKEN", front.green.token)
    assert front.release("green")[0] == 0


def test_a_version_that_is_not_there_gets_nothing(front: Front) -> None:
    down(front, front.green)
    code, said = front.release("green")
    assert (code, front.weights()) == (1, {"blue": 100, "green": 0})
    assert "it does not answer its health check" in said
    assert set(front.statuses) == {201}


def down(front: Front, version: Version) -> None:
    version.shutdown()
    version.server_close()
    assert until(lambda: not front.proxy.counts()["api", version.name].is_up, seconds=30)


def test_who_has_nobody_to_go_back_to_keeps_the_traffic_and_says_what_is_wrong(
    front: Front,
) -> None:
    down(front, front.blue)
    front.green.is_bad = True
    code, said = front.release("green")
    assert (code, front.weights()) == (1, {"blue": 0, "green": 100})
    assert "of its answers are errors" in said
    assert "green keeps everything, since blue is down" in said
    front.green.is_bad = False
    assert front.order("cured") == (201, "green")


def test_where_neither_answers_whoever_comes_up_first_serves(front: Front) -> None:
    down(front, front.blue)
    down(front, front.green)
    code, said = front.release("green")
    assert (code, front.weights()) == (1, {"blue": 100, "green": 100})
    assert "neither answers" in said
    with Version("blue", port=front.blue.server_port) as cured:
        assert until(lambda: front.order("first") == (201, "blue"), seconds=30)
        cured.shutdown()


def test_a_proxy_that_is_away_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProxyAway, match="does not answer"):
        Proxy(tmp_path / "nobody.sock").counts()
