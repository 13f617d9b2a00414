"""PostgreSQL: sessions for the calm road, a bare asyncpg pool for hot paths, the one commit.

Two colours: a function that takes a `Session` runs in its caller's transaction and never touches
the network; one that takes a `Database` opens short transactions of its own. Nobody commits but
this file, and it does so before the response leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final, cast
from uuid import UUID

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken, Unavailable

STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 4_000
# Past the server's own: who hears nothing by then has a dead line, not a slow statement.
COMMAND_SECONDS_MAX = STATEMENT_TIMEOUT_MS / 1000 + 2
POOL_TIMEOUT_SECONDS = 5
# A pooled connection that has rested for longer is asked whether it still lives.
RESTED_SECONDS = 1.0
CLOSE_SECONDS_MAX = 5
# When somebody is asked to come back where an operator is needed first.
STUCK_SECONDS = 10
AFTER_COMMIT_MAX = 100

AfterCommit = Callable[[], Awaitable[None]]

SERVICE: Final = "service"
"""Acts for the house itself and sees every tenant's rows: workers, and what no person asked for."""
AS_SERVICE: Final = {"arenapulse.actor": SERVICE}
"""For a connection that a command opens by itself."""
acting: ContextVar[UUID | str | None] = ContextVar("acting", default=None)
"""The person or key behind what runs here, or `SERVICE`: whose rows PostgreSQL lets us see.

Set by who verified a token. Nobody's transactions see no tenant's private rows.
"""

_ACT_AS: Final = "SELECT set_config('arenapulse.actor', $1, true)"
_inside: ContextVar[bool] = ContextVar("inside_transaction", default=False)

# What a lost or refused connection looks like; everything else in the driver is our bug.
CONNECTION_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # "cannot switch to state …": the server's farewell came while the driver was idle.
    asyncpg.InternalClientError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)

# It cannot be done now and may be soon: nothing was written, and nobody's code is wrong.
BUSY_ERRORS = (
    asyncpg.TransactionRollbackError,  # a deadlock, a serialization failure
    asyncpg.LockNotAvailableError,
    asyncpg.ObjectInUseError,
    asyncpg.OperatorInterventionError,  # a time-out or an operator cancelled it
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
)
# An operator has to do something first: no room is left, or nothing may be written.
STUCK_ERRORS = (
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
)
PASSING_ERRORS = (*CONNECTION_ERRORS, *BUSY_ERRORS, *STUCK_ERRORS)


class Base(DeclarativeBase):
    """Parent of every slice's tables."""


class Session(AsyncSession):
    """A transaction in the making; `after_commit` is for what may only happen once it is true."""

    behind_seconds: float = 0.0
    """How old what it sees may be: more than nothing at a standby."""
    _driven: tuple[SessionTransaction | None, asyncpg.Connection[asyncpg.Record]] | None = None

    def after_commit(self, action: AfterCommit) -> None:
        """Runs `action` after the commit and before the answer leaves, in order."""
        actions: list[AfterCommit] = self.info.setdefault("after_commit", [])
        assert len(actions) < AFTER_COMMIT_MAX
        actions.append(action)

    async def act_as(self, actor: UUID | str) -> None:
        """From here on that one acts in this transaction: who showed only now who they are."""
        await (await self.driver()).execute(_ACT_AS, str(actor))

    def drive(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """In a transaction of the driver's own: there is no other for this session."""
        self._driven = None, connection

    async def driver(self) -> asyncpg.Connection[asyncpg.Record]:
        """The asyncpg connection of this transaction, for SQL functions; in a transaction for sure.

        SQLAlchemy begins lazily, so a raw statement sent first would commit by itself.
        """
        if self._driven is not None and self._driven[0] is self.sync_session.get_transaction():
            return self._driven[1]
        lent = await self.connection()
        raw = await lent.get_raw_connection()
        connection = cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
        if not connection.is_in_transaction():
            adapted: Any = raw.dbapi_connection
            try:
                # As SQLAlchemy does before a first statement, which would cost a round trip.
                await adapted._start_transaction()  # noqa: SLF001 - it has no public name
            except BaseException:
                # With nothing to roll back, its line would not be missed until the next one waits.
                await lent.invalidate()
                raise
            assert connection.is_in_transaction()
        # Asked for at each statement: SQLAlchemy's way to it costs as much as a statement does.
        self._driven = self.sync_session.get_transaction(), connection
        return connection


class _Connection(asyncpg.Connection):
    """Says who acts in the round trip that begins a transaction."""

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        actor = acting.get()
        if actor is not None and query.startswith("BEGIN"):
            assert isinstance(actor, UUID) or actor == SERVICE
            query = f"{query} SELECT set_config('arenapulse.actor', '{actor}', true)"
        return await super().execute(query, *args, **options)

    def get_reset_query(self) -> str:
        """Nothing to undo: what is set lasts a transaction, and who listens does so elsewhere."""
        return ""


class _Pool(asyncpg.Pool):
    """Waits for a connection only so long, and as long again to take one back whose line died."""

    def acquire(self, *, timeout: float | None = POOL_TIMEOUT_SECONDS) -> Any:
        return super().acquire(timeout=timeout)


def dsn_of(url: str) -> str:
    """As asyncpg reads it, with what libpq knows in its query: `sslmode`, certificates."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def engine_of(url: str, options: Mapping[str, Any] | None = None, **pooling: Any) -> AsyncEngine:
    """An engine whose lines asyncpg makes from the whole URL, with its own `options`.

    SQLAlchemy would give the driver each word of the query as an argument, and of `sslmode` it
    has none.
    """
    dsn, given = dsn_of(url), options or {}

    async def connected() -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(dsn, **given)

    bare = make_url(url).set(drivername="postgresql+asyncpg", query={})
    return create_async_engine(bare, async_creator=connected, **pooling)


class Database:
    """The engine and the pool of one process. `open` first, `close` last."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int,
        application: str = "arenapulse",
        command_seconds_max: float = COMMAND_SECONDS_MAX,
        actor: str = "",
        schema: str | None = None,
        is_durable: bool = True,
    ) -> None:
        """`actor` is `SERVICE` for a program that nobody asks: a worker, a command.

        `schema` has tables that come before those of the same name elsewhere: a shadow. What is not
        `is_durable` does not wait for the disk: the last commits may be lost with the machine.
        """
        self.url = url
        self._dsn = dsn_of(url)
        settings = {
            "application_name": application,
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(2 * STATEMENT_TIMEOUT_MS),
            "jit": "off",
            "arenapulse.actor": actor,
            # Of the code that says everywhere who acts: migrations let older code see without. 'on'
            # was said before the wall of 0109.
            "arenapulse.walled": "0125",
        }
        if schema is not None:
            settings["search_path"] = f'"{schema}", public'
        if not is_durable:
            settings["synchronous_commit"] = "off"
        self._options: dict[str, Any] = {
            "server_settings": settings,
            "timeout": POOL_TIMEOUT_SECONDS,
            "command_timeout": command_seconds_max,
            "connection_class": _Connection,
        }
        self.session_info: dict[str, object] = {}
        """What every session of this database carries in `info`: the job queue."""
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self.engine: AsyncEngine = engine_of(
            url,
            self._options,
            # None that a rush made is thrown away: the next would need a handshake, and all its
            # statements prepared anew.
            pool_size=2 * pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            # Few connections that are busy, rather than many that must be asked how they are.
            pool_use_lifo=True,
            # An exception's text may reach a log, and the values are people's.
            hide_parameters=True,
        )
        _look_before_use(self.engine.sync_engine)

    @property
    def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            raise InvariantBroken("the database is not open")
        return self._pool

    async def open(self) -> None:
        self._pool = await _Pool(
            self._dsn,
            min_size=1,
            max_size=self._pool_size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            loop=None,
            record_class=asyncpg.Record,
            **self._options,
        )

    async def close(self) -> None:
        """Takes leave of the server, or just goes where that takes too long."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await _leave(pool.close)
        await _leave(self.engine.dispose)

    async def connect(self, *, actor: str | None = None) -> asyncpg.Connection[asyncpg.Record]:
        """A connection of one's own, outside the pools; the caller closes it.

        `actor` is `SERVICE` for what many people asked for at once.
        """
        options = self._options
        if actor is not None:
            settings = options["server_settings"] | {"arenapulse.actor": actor}
            options = options | {"server_settings": settings}
        return await asyncpg.connect(self._dsn, **options)

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, actor: UUID | str | None = None, by_driver: bool = False
    ) -> AsyncGenerator[Session, None]:
        """One transaction: commits at the end, rolls back on any exception.

        `actor` acts in it, or whoever acts already. `as_unavailable` says which of them mean that
        the database is away or busy. `by_driver` alone all its statements go: what SQLAlchemy does
        around them costs as much as six.
        """
        bind = None if by_driver else self.engine
        session = Session(bind, expire_on_commit=False, info=self.session_info)
        token = _inside.set(True)
        acted = acting.set(acting.get() if actor is None else actor)
        try:
            if by_driver:
                async with self.pool.acquire() as lent, lent.transaction():
                    session.drive(cast("asyncpg.Connection[asyncpg.Record]", lent))
                    yield session
            else:
                yield session
                await session.commit()
        except BaseException:
            await _roll_back(session)
            raise
        finally:
            acting.reset(acted)
            _inside.reset(token)
            await session.close()
        for action in session.info.get("after_commit", ()):
            await action()


def _look_before_use(engine: Engine) -> None:
    """A pooled connection that died meanwhile is nobody's error: another takes its place.

    SQLAlchemy's own look before each use asks the server three times. The driver knows by itself
    of a line that was closed; only one that rested may have died unheard.
    """

    @event.listens_for(engine, "checkin")
    def rests(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = clock.monotonic_seconds()

    @event.listens_for(engine, "checkout")
    def looks(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        since: float | None = record.info.get("rests_since")
        if since is None:
            return
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        if clock.monotonic_seconds() - since < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    assert rests
    assert looks


async def _leave(close: Callable[[], Awaitable[None]]) -> None:
    with contextlib.suppress(*CONNECTION_ERRORS):
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await close()


async def _roll_back(session: Session) -> None:
    # A connection that is gone has rolled back by itself.
    with contextlib.suppress(*PASSING_ERRORS, DBAPIError, InvariantBroken):
        await session.rollback()


def forbid_in_transaction(what: str) -> None:
    """Vendors call this first: nobody holds locks while the network answers."""
    if _inside.get():
        raise InvariantBroken(f"{what} was called inside a transaction")


def as_unavailable(error: BaseException) -> Unavailable | None:
    """The refusal for an error that means "the database is away, busy or stuck", or None.

    Its cause is what the driver said, beneath whatever wraps it.
    """
    cause: BaseException | None = error
    for _ in range(8):
        if cause is None:
            return None
        refusal = _refusal_of(cause)
        if refusal is not None:
            if refusal is not cause:
                refusal.__cause__ = cause
            return refusal
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None


def _refusal_of(cause: BaseException) -> Unavailable | None:
    if isinstance(cause, Unavailable):
        return cause
    # First, since being out of connections is both.
    if isinstance(cause, CONNECTION_ERRORS):
        return Unavailable("The database is away: try again shortly.", retry_after_seconds=1)
    if isinstance(cause, (PoolTimeout, *BUSY_ERRORS)):
        return Unavailable(retry_after_seconds=1)
    if isinstance(cause, STUCK_ERRORS):
        return Unavailable(
            "Nothing can be written at the moment.", retry_after_seconds=STUCK_SECONDS
        )
    return None
