"""The wheel holds all it takes: installed into an empty environment it serves the web app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.engines.conftest import until, up_environment

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "bin" / "uv"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`bin` of an environment that has the wheel, and nothing of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(UV, "build", "-q", "--wheel", "--python", sys.executable, "-o", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    _run(UV, "venv", "-q", "--python", sys.executable, folder / "env")
    python = folder / "env" / "bin" / "python"
    # The versions that are tested; setting up has put them into uv's cache.
    locked = ("-c", ROOT / "requirements.lock")
    _run(UV, "pip", "install", "-q", "--python", python, *locked, wheel)
    return python.parent


def _run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, timeout=300)


def test_it_serves_the_web_app_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = up_environment(tmp_path / "data", ARENAPULSE_SEED="off")
    environment.pop("PYTHONPATH", None)
    port = environment["ARENAPULSE_PORT"]
    program = [str(installed / "arenapulse"), "up"]
    with (tmp_path / "output").open("w") as output:
        up = subprocess.Popen(program, cwd=tmp_path, env=environment, stdout=output, stderr=output)
    try:
        assert until(lambda: _answers(port), seconds=90), (tmp_path / "output").read_text()
        with urlopen(f"http://127.0.0.1:{port}/") as page:
            assert b'<div id="root">' in page.read()
    finally:
        up.terminate()
        assert up.wait(timeout=30) == 0


def _answers(port: str) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
