"""The official `socket.io-client` 4 against our server, on both paths."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.socket.conftest import CLIENT, Kitchen, stopped

CHECKS_SECONDS_MAX = 80.0
ECHO = {"a": [1, "é", None, True]}
INTERNAL = {"code": "SYS001", "message": "Something went wrong on our side"}


def talked(room: str) -> dict[str, Any]:
    joined = {"ok": True, "rooms": [room]}
    return {"joined": joined, "hello": "wörld 🏟", "big": 30_000, "echo": ECHO}


EXPECTED: dict[str, Any] = {
    "websocket": talked("ws"),
    "polling": talked("polling"),
    "upgrade": talked("upgraded"),
    "upgrade_with_traffic": {
        "after": "websocket",
        "during": True,
        "lost": 0,
        "contiguous": True,
    },
    "sending_while_upgrading": True,
    "refused": {"message": "Token is not valid", "data": {"code": "AUTH002"}},
    "refused_by_bug": {"message": INTERNAL["message"], "data": {"code": "SYS001"}},
    "ping": {"echo": 1, "dropped": None},
    "reconnect": {"changed": True, "joined": {"ok": True, "rooms": ["again"]}},
    "kicked": True,
    "binary_websocket": "0102ff",
    "binary_polling": "0102ff",
    "namespaces": {
        "echo": {"staff": True},
        "mainEcho": 2,
        "refused": True,
        "still": 3,
    },
    "errors": {
        "bug": {"ok": False, "error": INTERNAL},
        "unknown": {"ok": False, "error": {"code": "VALIDATION001", "message": "Unknown event"}},
    },
}


@pytest.fixture(scope="module", params=["fanout", "stock"])
def results(
    request: pytest.FixtureRequest, node_modules: Path, kitchen: Kitchen
) -> Iterator[dict[str, Any]]:
    """All checks at once, so that they also disturb each other as a crowd does."""
    served = kitchen.started(stock=request.param == "stock")
    served.errors_expected = True  # two checks plant a bug
    node = Path(sys.executable).with_name("node")
    try:
        ran = subprocess.run(
            [node, "checks.mjs", str(served.port)],
            cwd=CLIENT,
            capture_output=True,
            text=True,
            timeout=CHECKS_SECONDS_MAX,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        yield json.loads(ran.stdout)
    finally:
        stopped(served)
    said = served.log.read_text()
    assert said.count("Traceback") == said.count("RuntimeError: planted") == 2, said


@pytest.mark.parametrize("check", EXPECTED)
def test_the_official_client_is_content(results: dict[str, Any], check: str) -> None:
    assert results[check] == EXPECTED[check]
