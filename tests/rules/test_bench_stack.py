"""What a benchmark starts ends with it, even what never became ready."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.stack import environment_of, free_port, start_server


def children() -> set[str]:
    return {
        pid
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }


def test_a_server_that_is_not_ready_in_time_is_not_left_behind() -> None:
    before = children()
    environment = environment_of("postgresql://127.0.0.1:9/none", "redis://127.0.0.1:9", secret="x")
    with pytest.raises(OSError, match="refused"):
        start_server(free_port(), environment=environment | dict(os.environ), ready_seconds=0.05)
    assert children() == before
