"""Which errors mean "try again shortly" and which are our bugs."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from arenapulse.runtime.db import as_unavailable


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CrashShutdownError(),
        asyncpg.InternalClientError("cannot switch to state 15; another operation is in progress"),
        InterfaceError("SELECT 1", None, OSError()),
        # All connections are busy: the machine has too much to do, and will have less.
        PoolTimeout("QueuePool limit"),
    ],
)
def test_a_database_that_is_away_or_busy_is_503(error: Exception) -> None:
    refusal = as_unavailable(error)
    assert refusal is not None
    assert (refusal.code, refusal.status, refusal.retry_after_seconds) == ("SYS002", 503, 1)


@pytest.mark.parametrize(
    "error", [ValueError(), ProgrammingError("SELEKT", None, asyncpg.PostgresSyntaxError())]
)
def test_a_bug_stays_a_bug(error: Exception) -> None:
    assert as_unavailable(error) is None
