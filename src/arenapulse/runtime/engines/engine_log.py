"""An engine's log file: opened for its child, read for the line that says why it failed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

LOG_BYTES_MAX = 16 * 1024 * 1024
TAIL_BYTES = 4096


def opened(path: Path) -> IO[bytes]:
    """Append to the log; one that has grown large is put aside, over the one before."""
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(".log.1"))
    # The engines' folder belongs to another account: no link it plants there is followed by root.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def last_complaint(text: str) -> str:
    """The line of an engine's output that names the cause."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in ("FATAL:", "PANIC:", "error:", "ERROR:", "leash:"):
        for line in reversed(lines):
            if mark in line:
                return line[line.index(mark) :]
    return lines[-1] if lines else "it said nothing"


def tail(path: Path, *, start: int) -> str:
    """What was written since byte `start`, the end of it if that is long."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(start, size - TAIL_BYTES))
        return stream.read(TAIL_BYTES).decode(errors="replace")
