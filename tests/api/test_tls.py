"""`serve` with a certificate: TLS 1.3, by a real handshake with a real process."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.certificates import self_signed
from tests.servers import READY_SECONDS, environment, free_port, stop


def _trusting(certificate: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = context.maximum_version = version
    return context


async def _handshake(port: int, context: ssl.SSLContext) -> str | None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        spoken: str | None = writer.get_extra_info("ssl_object").version()
        return spoken
    finally:
        writer.close()


@pytest.mark.asvs("V4.4.1", "V12.1.1", "V12.1.2", "V12.2.1")
async def test_it_speaks_tls_1_3_and_nothing_older(settings: Settings, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    port = free_port()
    more = {
        "ARENAPULSE_PORT": str(port),
        "ARENAPULSE_TLS_CERTIFICATE": str(certificate),
        "ARENAPULSE_TLS_KEY": str(key),
    }
    process = subprocess.Popen(  # noqa: ASYNC220 - it lives as long as the test
        [sys.executable, "-m", "arenapulse", "serve"], env=environment(settings, **more)
    )
    newest = _trusting(certificate, ssl.TLSVersion.TLSv1_3)
    try:
        async with asyncio.timeout(READY_SECONDS):
            while True:
                assert process.poll() is None
                with contextlib.suppress(OSError):
                    assert await _handshake(port, newest) == "TLSv1.3"
                    break
                await asyncio.sleep(0.05)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await _handshake(port, _trusting(certificate, ssl.TLSVersion.TLSv1_2))
        async with httpx.AsyncClient(verify=newest) as client:
            answer = await client.get(f"https://127.0.0.1:{port}/health/ready")
            assert answer.status_code == 200
            hot = await client.post(f"https://127.0.0.1:{port}/api/v1/orders", json={})
            assert hot.status_code == 401
            page = await client.get(f"https://127.0.0.1:{port}/docs")
            assert page.headers["strict-transport-security"].startswith("max-age=31536000")
    finally:
        stop([process])


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (("serve",), {"ARENAPULSE_TLS_CERTIFICATE": "a.pem"}, "go together"),
        (
            ("serve", "--processes", "2"),
            {"ARENAPULSE_TLS_CERTIFICATE": "a.pem", "ARENAPULSE_TLS_KEY": "b.pem"},
            "let a proxy speak TLS",
        ),
    ],
)
def test_what_cannot_be_is_said_at_the_start(
    settings: Settings, words: tuple[str, ...], given: dict[str, str], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "arenapulse", *words],
        env=environment(settings, **given),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
