"""What `arenapulse up` cannot mend: one line that says what to do, exit 1, nothing touched."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from arenapulse.runtime.engines import EngineUrls
from tests.engines.conftest import Holder, Refusal

UpEnds = Callable[..., Refusal]
EnginesOn = Callable[[Path], AbstractContextManager[EngineUrls]]


def assert_one_line(refusal: Refusal, *words: str) -> None:
    assert refusal.code == 1, refusal
    assert len(refusal.lines) == 1, refusal
    for word in ("arenapulse: ", *words):
        assert word in refusal.lines[0]


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.lstat().st_size,
            path.lstat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


def test_other_major_version(up_ends: UpEnds, engines_on: EnginesOn, data: Path) -> None:
    with engines_on(data):
        pass
    (data / "engines" / "postgres" / "PG_VERSION").write_text("17\n")
    before = tree(data)
    assert_one_line(up_ends(data), "PostgreSQL 17", "18", "ARENAPULSE_DATA")
    assert tree(data) == before


def test_two_on_one_folder(up_ends: UpEnds, hold: Callable[[Path], Holder], data: Path) -> None:
    holder = hold(data)
    before = tree(data / "engines" / "postgres" / "global")
    refusal = up_ends(data)
    assert_one_line(refusal, "already runs", str(data), str(holder.process.pid))
    assert tree(data / "engines" / "postgres" / "global") == before
    assert holder.process.poll() is None


def test_file_in_place_of_the_folder(up_ends: UpEnds, data: Path) -> None:
    data.write_text("mine")
    assert_one_line(up_ends(data), str(data), "ARENAPULSE_DATA")
    assert data.read_text() == "mine"


def test_folder_that_cannot_be_made(up_ends: UpEnds) -> None:
    assert_one_line(up_ends(Path("/proc/arenapulse/data")), "/proc", "ARENAPULSE_DATA")


@pytest.fixture
def mounted(data: Path) -> Iterator[Callable[[str], bool]]:
    """Mount a small memory disk on the data folder; False where this account may not."""
    data.mkdir()
    mounts: list[Path] = []

    def mount(options: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", options, "arenapulse-test", str(data)]
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                mounts.append(data)
        return bool(mounts)

    yield mount
    for path in mounts:
        subprocess.run(["umount", str(path)], check=True)


def test_read_only_disk(up_ends: UpEnds, mounted: Callable[[str], bool], data: Path) -> None:
    if not mounted("ro,size=1m"):
        if os.geteuid() == 0:
            data.rmdir()
            data.symlink_to("/proc/sys")  # read-only in any container
        else:
            data.chmod(0o555)
    assert_one_line(up_ends(data), "cannot be written", "ARENAPULSE_DATA")


def test_full_disk(up_ends: UpEnds, mounted: Callable[[str], bool], data: Path) -> None:
    if not mounted("size=8m"):
        pytest.skip("only an account that may mount can have a small disk")
    assert_one_line(up_ends(data), "MB free", "ARENAPULSE_DATA")


def test_full_disk_at_a_later_start(
    up_ends: UpEnds, engines_on: EnginesOn, mounted: Callable[[str], bool], data: Path
) -> None:
    if not mounted("size=256m,mode=755"):
        pytest.skip("only an account that may mount can have a small disk")
    with engines_on(data):
        pass
    filler = data / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
        while stream.write(b"\0" * 65536):
            pass
    assert_one_line(up_ends(data), "No space left")
    filler.unlink()
    with engines_on(data):
        pass


def test_state_that_is_no_json(up_ends: UpEnds, engines_on: EnginesOn, data: Path) -> None:
    with engines_on(data):
        pass
    (data / "state.json").write_text("{")
    assert_one_line(up_ends(data), "state.json", "JSON")
    assert (data / "state.json").read_text() == "{"


def test_taken_port_of_the_server(up_ends: UpEnds, data: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = str(squatter.getsockname()[1])
        assert_one_line(up_ends(data, ARENAPULSE_PORT=port), port, "ARENAPULSE_PORT")
    assert not (data / "engines").exists()


def test_damaged_cluster_says_why(up_ends: UpEnds, engines_on: EnginesOn, data: Path) -> None:
    with engines_on(data):
        pass
    (data / "engines" / "postgres" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    assert_one_line(up_ends(data), "PostgreSQL did not start", "postgres.log")


def test_production_without_secrets(up_ends: UpEnds, data: Path) -> None:
    refusal = up_ends(data, ARENAPULSE_ENV="production", ARENAPULSE_SECRET="short")
    assert refusal.code == 1
    assert [line.split()[1] for line in refusal.lines] == [
        "ARENAPULSE_SECRET",
        "STRIPE_SECRET_KEY",
        "STRIPE_PUBLISHABLE_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "ARENAPULSE_PUBLIC_URL",
        "SENDGRID_API_KEY",
        "ARENAPULSE_MAIL_FROM",
        "ARENAPULSE_MEDIA_BUCKET",
    ]
    assert not data.exists()
