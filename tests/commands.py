"""The command line run in this process: what it says and with what it ends."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from collections.abc import Mapping
from unittest import mock

from arenapulse.entrypoints.cli import run


async def said(*words: str, environment: Mapping[str, str]) -> tuple[int, list[str]]:
    """Its exit code and its lines; commands that serve need a process of their own."""
    lines = io.StringIO()
    with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(lines):
        code = await asyncio.to_thread(run, words)
    return code, lines.getvalue().splitlines()
