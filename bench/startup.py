"""How long it takes from `arenapulse up` to serving: the first time and the next.

python -m bench.startup [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from bench.stack import free_port

READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0


def start(folder: str, *, seed: str) -> float:
    """Seconds from the command to the first 200 of /health/ready; stops it again."""
    port = free_port()
    variables = os.environ | {
        "ARENAPULSE_DATA": folder,
        "ARENAPULSE_PORT": str(port),
        "ARENAPULSE_SEED": seed,
        "ARENAPULSE_ENV": "test",
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "arenapulse", "up"], env=variables, stdout=subprocess.DEVNULL
    )
    try:
        while time.monotonic() - began < READY_SECONDS_MAX:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.02)
        raise SystemExit("it did not come up")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS_MAX)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time from `arenapulse up` to serving.")
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="arenapulse-startup-") as folder:
        first = start(f"{folder}/data", seed="on")
        again = [start(f"{folder}/data", seed="on") for _ in range(runs)]
    print("| start | seconds to serving |\n| --- | --- |")
    print(f"| first: initdb, migrations, demo data | {first:.1f} |")
    print(f"| again, median of {runs} | {statistics.median(again):.1f} |")


if __name__ == "__main__":
    main()
