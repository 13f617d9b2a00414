"""A real OpenSearch 3.8: what every engine must find, and writes while it is killed.

    python -m tests.campaign.opensearch

Brought in by Maven, run by a Java of 25 (OPENSEARCH_JAVA_HOME, or the one of Debian's folder).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.servers import free_port

VERSION: Final = "3.8.0"
ARTIFACT: Final = f"org.opensearch.distribution.integ-test-zip:opensearch:{VERSION}:zip"
KEPT: Final = Path.home() / ".m2/repository/org/opensearch/distribution/integ-test-zip/opensearch"
JAVA: Final = Path("/usr/lib/jvm/temurin-25-jdk-amd64")
START_SECONDS_MAX: Final = 240.0
CONTRACTS: Final = (
    "tests/contracts/test_search_engines.py",
    "tests/contracts/test_search_mirror.py",
)
OUTAGE: Final = "tests/campaign/search_outage.py"


@dataclass
class OpenSearch:
    """One node that can be killed, and started again with what it had on its disk."""

    home: Path
    heap: str = "256m"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Until it answers. It refuses to be root, so somebody else runs it."""
        somebody = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        if somebody is not None:
            for path in (self.home, *self.home.rglob("*")):
                os.chown(path, somebody.pw_uid, somebody.pw_gid)
        java = os.environ.get("OPENSEARCH_JAVA_HOME", str(JAVA))
        settings = (
            "discovery.type=single-node",
            "network.host=127.0.0.1",
            f"http.port={self.port}",
            "cluster.routing.allocation.disk.threshold_enabled=false",
        )
        self.process = subprocess.Popen(
            [self.home / "bin" / "opensearch", *(f"-E{each}" for each in settings)],
            env={
                "PATH": os.environ["PATH"],
                "OPENSEARCH_JAVA_HOME": java,
                "OPENSEARCH_JAVA_OPTS": f"-Xms{self.heap} -Xmx{self.heap}",
            },
            user=None if somebody is None else somebody.pw_uid,
            group=None if somebody is None else somebody.pw_gid,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            assert self.process.poll() is None, "OpenSearch ended while it started"
            assert time.monotonic() < deadline, "OpenSearch does not start"
            time.sleep(0.2)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            ready = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
            with urllib.request.urlopen(ready, timeout=3) as answer:
                return bool(answer.status == 200)
        return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)


def brought_in() -> Path | None:
    """The archive; None where it is not kept and Maven is not here."""
    archive = KEPT / VERSION / f"opensearch-{VERSION}.zip"
    maven = shutil.which("mvn")
    if not archive.is_file() and maven is not None:
        words = [maven, "-q", "dependency:get", f"-Dartifact={ARTIFACT}", "-Dtransitive=false"]
        subprocess.run(words, check=True, timeout=900)
    return archive if archive.is_file() else None


@contextlib.contextmanager
def running(archive: Path, *, heap: str = OpenSearch.heap) -> Generator[OpenSearch]:
    with tempfile.TemporaryDirectory(prefix="arenapulse-opensearch-") as folder:
        Path(folder).chmod(0o755)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        node = OpenSearch(Path(folder) / f"opensearch-{VERSION}", heap=heap)
        for program in (node.home / "bin").iterdir():
            program.chmod(0o755)
        node.start()
        try:
            yield node
        finally:
            node.kill()


def main() -> int:
    archive = brought_in()
    java = Path(os.environ.get("OPENSEARCH_JAVA_HOME", str(JAVA)))
    if archive is None or not (java / "bin" / "java").exists():
        print("OpenSearch: neither it nor a Java of 25 is here, so nothing was checked")
        return 0
    with running(archive) as node:
        told = {"ARENAPULSE_TEST_SEARCH_URL": f"opensearch+{node.url}"}
        contract = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "0", "-s", *CONTRACTS],
            env={**os.environ, **told},
            check=False,
        )
    # It starts and kills one of its own.
    outage = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", "-s", OUTAGE], check=False)
    return 1 if contract.returncode or outage.returncode else 0


if __name__ == "__main__":
    raise SystemExit(main())
