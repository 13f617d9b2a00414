"""Which errors mean "try again shortly" and which are our bugs."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from arenapulse.core.errors import InvariantBroken
from arenapulse.runtime import log
from arenapulse.runtime.db import as_unavailable


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CrashShutdownError(),
        asyncpg.InternalClientError("cannot switch to state 15; another operation is in progress"),
        InterfaceError("SELECT 1", None, OSError()),
        asyncpg.DeadlockDetectedError(),
        asyncpg.SerializationError(),
        asyncpg.LockNotAvailableError(),
        asyncpg.QueryCanceledError(),
        DBAPIError("UPDATE users", None, asyncpg.LockNotAvailableError()),
        asyncpg.TooManyConnectionsError(),
        # All connections are busy: the machine has too much to do, and will have less.
        PoolTimeout("QueuePool limit"),
    ],
)
def test_a_database_that_is_away_or_busy_is_503(error: Exception) -> None:
    refusal = as_unavailable(error)
    assert refusal is not None
    assert (refusal.code, refusal.status, refusal.retry_after_seconds) == ("SYS002", 503, 1)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DiskFullError(),
        asyncpg.ReadOnlySQLTransactionError(),
        DBAPIError("INSERT INTO users", None, asyncpg.OutOfMemoryError()),
    ],
)
def test_what_an_operator_has_to_mend_is_503_and_takes_longer(error: Exception) -> None:
    refusal = as_unavailable(error)
    assert refusal is not None
    assert (refusal.code, refusal.status, refusal.retry_after_seconds) == ("SYS002", 503, 10)


@pytest.mark.parametrize(
    "error", [ValueError(), ProgrammingError("SELEKT", None, asyncpg.PostgresSyntaxError())]
)
def test_a_bug_stays_a_bug(error: Exception) -> None:
    assert as_unavailable(error) is None


def test_the_log_says_where_an_error_was_and_nothing_of_what_was_in_it() -> None:
    given = "zebra@fans.test"
    try:
        try:
            int(given)
        except ValueError as error:
            raise InvariantBroken("order 7 is lost") from error
    except InvariantBroken as error:
        told = log.describe(error)
    assert told.count("test_unavailable.py") == 2
    assert "InvariantBroken: order 7 is lost" in told
    assert told.endswith("ValueError")
    assert given not in told
