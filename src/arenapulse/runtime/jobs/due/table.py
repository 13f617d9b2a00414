"""A table with due rows, and all SQL that the runner sends to it.

Whatever the table is for, it has the columns of `migrations.script.make_due`: `organization_id`,
`due_at`, `taken_by`, `tries`, `stuck_at`, `stuck_why`. A row is open while it is due at some time,
taken by nobody and not stuck; the index `idx_<table>_due` holds the open ones by tenant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Key = tuple[Any, ...]

# Tenants that have nothing due now are walked over, so many in one take.
WALK_MAX: Final = 5_000
COUNT_MAX: Final = 100_000
STUCK_SHOWN_MAX: Final = 50

# A plan made while the table was empty would read all of it later.
BY_INDEX: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; "
    "SET LOCAL plan_cache_mode = force_generic_plan"
)
_OPEN: Final = "d.due_at IS NOT NULL AND d.taken_by IS NULL AND d.stuck_at IS NULL"
NOBODY: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How a table stands; `due` counts up to `COUNT_MAX`, `oldest_seconds` is 0 where none is."""

    due: int
    oldest_seconds: float
    taken: int
    stuck: int


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A row that waits for a person."""

    key: str
    at: dt.datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class DueTable:
    """`key` are the columns of the primary key with their types.

    `columns` is what is read of a taken row `d`, `before` names what is read of it as it was before
    that; `on_take` sets more of it (`$2` is now), and so does `on_mark`, by the word that its kind
    gives (`$8`); `only` is a condition on `d` for rows that are due and may not be taken yet. Where
    several kinds share a table, `part` says which rows are this one's, and the index of its open
    rows says so too; `tenant` is whose turn a row is, as that index has it.
    """

    name: str
    key: Mapping[str, str]
    columns: str = ""
    before: Sequence[str] = ()
    on_take: str = ""
    on_mark: str = ""
    only: str = "TRUE"
    part: str = "TRUE"
    tenant: str = "d.organization_id"

    async def take(
        self,
        connection: Connection,
        *,
        owner: UUID,
        now: dt.datetime,
        room: int,
        busy: Mapping[UUID, int],
        tenant_max: int,
        start: UUID,
        mark: str | None = None,
    ) -> list[asyncpg.Record]:
        """At most `room` due rows, ours from now on, so that each tenant has as many as the others.

        `busy` is what each has of ours already; tenants are looked for from `start` on, and round.
        """
        await connection.execute(BY_INDEX)
        return await connection.fetch(
            self._take_sql,
            *(owner, now, room, list(busy), list(busy.values()), tenant_max, start),
            *((mark,) if self.on_mark else ()),
        )

    async def put_off(
        self, connection: Connection, *, keys: Sequence[Key], at: Sequence[dt.datetime], owner: UUID
    ) -> None:
        """Rows of ours are due again then, and nobody's until then."""
        if keys:
            await connection.execute(
                f"UPDATE {self.name} d SET due_at = x.at, taken_by = NULL "
                f"FROM unnest($2::TIMESTAMPTZ[], {self._arrays(3)}) x(at, {self._names}) "
                f"WHERE {self._same('x')} AND d.due_at IS NOT NULL AND d.taken_by = $1",
                *(owner, list(at), *self._split(keys)),
            )

    async def give_up(
        self, connection: Connection, *, keys: Sequence[Key], why: str, owner: UUID
    ) -> None:
        """Rows of ours are stuck: nobody's any more, and shown until a person decides."""
        if keys:
            await connection.execute(
                f"UPDATE {self.name} d SET stuck_at = clock_timestamp(), stuck_why = $2, "
                f"taken_by = NULL FROM unnest({self._arrays(3)}) x({self._names}) "
                f"WHERE {self._same('x')} AND d.due_at IS NOT NULL AND d.taken_by = $1",
                *(owner, why, *self._split(keys)),
            )

    async def let_go(self, connection: Connection, *, keys: Sequence[Key], owner: UUID) -> None:
        """Rows of ours are free where they are still due: another takes them."""
        if keys:
            await connection.execute(
                f"UPDATE {self.name} d SET taken_by = NULL "
                f"FROM unnest({self._arrays(2)}) x({self._names}) "
                f"WHERE {self._same('x')} AND d.due_at IS NOT NULL AND d.taken_by = $1",
                *(owner, *self._split(keys)),
            )

    async def let_all_go(self, connection: Connection, *, owner: UUID, keep: Sequence[Key]) -> None:
        """`let_go` of whatever is ours but those in `keep`."""
        await connection.execute(
            f"UPDATE {self.name} d SET taken_by = NULL WHERE d.taken_by = $1 "
            f"AND {self.part} AND d.due_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "
            f"unnest({self._arrays(2)}) x({self._names}) WHERE {self._same('x')})",
            *(owner, *self._split(keep)),
        )

    async def let_dead_go(self, connection: Connection, *, lease: dt.timedelta) -> int:
        """Lets go of the rows of workers that were not seen for `lease`; how many."""
        done = await connection.execute(
            f"UPDATE {self.name} d SET taken_by = NULL WHERE d.ctid = ANY (ARRAY("
            f"SELECT o.ctid FROM {self.name} o "
            "WHERE o.taken_by IS NOT NULL AND o.due_at IS NOT NULL AND NOT EXISTS ("
            "SELECT 1 FROM due_workers w WHERE w.id = o.taken_by "
            "AND w.seen_at > clock_timestamp() - $1::INTERVAL) "
            "FOR NO KEY UPDATE SKIP LOCKED))",
            lease,
        )
        return int(done.rsplit(" ", 1)[-1])

    def is_due(self, now: str) -> str:
        """A condition: whether a row is due and nobody's, by the time that `now` stands for."""
        walk = self._walk("w", within="TRUE")
        # Behind so many tenants there may be one: who takes looks from elsewhere each time.
        found = f"w.due_at <= {now} OR w.n >= {WALK_MAX}"
        return f"EXISTS (WITH RECURSIVE {walk} SELECT 1 FROM w WHERE {found})"

    def has_dead(self, lease: str) -> str:
        """A condition: whether a row is still a worker's that was not seen for so long."""
        return (
            f"EXISTS (SELECT 1 FROM {self.name} o WHERE o.taken_by IS NOT NULL "
            "AND o.due_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM due_workers w "
            f"WHERE w.id = o.taken_by AND w.seen_at > clock_timestamp() - {lease}::INTERVAL))"
        )

    async def backlog(self, connection: Connection, *, now: dt.datetime) -> Backlog:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM (SELECT 1 "
            f"FROM {self.name} d WHERE {self._open} AND d.due_at <= $1 LIMIT $2) x) AS due, "
            f"(SELECT extract(epoch FROM $1 - min(d.due_at))::FLOAT FROM {self.name} d "
            f"WHERE {self._open} AND d.due_at <= $1) AS oldest, "
            f"(SELECT count(*) FROM {self.name} d WHERE d.taken_by IS NOT NULL "
            f"AND {self.part} AND d.due_at IS NOT NULL) AS taken, "
            f"(SELECT count(*) FROM {self.name} d WHERE d.stuck_at IS NOT NULL "
            f"AND {self.part}) AS stuck",
            *(now, COUNT_MAX),
        )
        assert row is not None
        return Backlog(
            due=row["due"],
            oldest_seconds=row["oldest"] or 0.0,
            taken=row["taken"],
            stuck=row["stuck"],
        )

    async def stuck(self, connection: Connection) -> list[Stuck]:
        """Rows that wait for a person, the oldest first."""
        rows = await connection.fetch(
            f"SELECT concat_ws('/', {self._names}) AS key, d.stuck_at, d.stuck_why "
            f"FROM {self.name} d WHERE d.stuck_at IS NOT NULL AND {self.part} "
            "ORDER BY d.stuck_at LIMIT $1",
            STUCK_SHOWN_MAX,
        )
        return [Stuck(key=r["key"], at=r["stuck_at"], why=r["stuck_why"]) for r in rows]

    async def retry(self, connection: Connection, *, key: str, now: dt.datetime) -> bool:
        """Gives a stuck row all its tries again; False for one that has ended, or is not stuck."""
        done = await connection.execute(
            f"UPDATE {self.name} d SET stuck_at = NULL, stuck_why = NULL, tries = 0, "
            "due_at = $2 WHERE d.stuck_at IS NOT NULL AND d.due_at IS NOT NULL "
            f"AND concat_ws('/', {self._names}) = $1",
            *(key, now),
        )
        return done != "UPDATE 0"

    async def dismiss(self, connection: Connection, *, key: str) -> bool:
        """A person has decided on a row that has ended: it is shown no more; False for another."""
        done = await connection.execute(
            f"UPDATE {self.name} d SET stuck_at = NULL, stuck_why = NULL "
            "WHERE d.stuck_at IS NOT NULL AND d.due_at IS NULL "
            f"AND concat_ws('/', {self._names}) = $1",
            key,
        )
        return done != "UPDATE 0"

    def key_of(self, record: asyncpg.Record) -> Key:
        return tuple(record[column] for column in self.key)

    @property
    def _names(self) -> str:
        return ", ".join(self.key)

    def _arrays(self, first: int) -> str:
        return ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(self.key.values(), first))

    def _same(self, other: str) -> str:
        return " AND ".join(f"d.{column} = {other}.{column}" for column in self.key)

    def _split(self, keys: Sequence[Key]) -> list[list[Any]]:
        return [[key[n] for key in keys] for n in range(len(self.key))]

    @property
    def _open(self) -> str:
        return _OPEN if self.part == "TRUE" else f"{_OPEN} AND {self.part}"

    def _first(self, within: str) -> str:
        return (
            f"SELECT {self.tenant} AS organization_id, d.due_at FROM {self.name} d "
            f"WHERE {self._open} AND {within} ORDER BY {self.tenant}, d.due_at LIMIT 1"
        )

    def _walk(self, name: str, *, within: str) -> str:
        """Tenants with open rows, a step down the index each, however many rows they have."""
        following = self._first(f"{within} AND {self.tenant} > w.organization_id")
        return (
            f"{name} AS ((SELECT f.*, 1 AS n FROM ({self._first(within)}) f) UNION ALL "
            f"SELECT f.*, w.n + 1 FROM {name} w CROSS JOIN LATERAL ({following}) f "
            f"WHERE w.n < {WALK_MAX})"
        )

    @property
    def _take_sql(self) -> str:
        key = ", ".join(f"d.{column}" for column in self.key)
        before = "".join(f", {column}" for column in self.before)
        sets = "".join(f", {more}" for more in (self.on_take, self.on_mark) if more)
        columns = f", {self.columns}" if self.columns else ""
        was = "".join(f", p.{column}" for column in self.before)
        return f"""
WITH RECURSIVE {self._walk("ahead", within=f"{self.tenant} >= $7")},
{self._walk("behind", within=f"{self.tenant} < $7")},
tenants AS (
  SELECT w.organization_id, coalesce(b.running, 0) AS running
  FROM (SELECT * FROM ahead UNION ALL SELECT * FROM behind) w
  LEFT JOIN unnest($4::UUID[], $5::INTEGER[]) b(organization_id, running)
    ON b.organization_id = w.organization_id
  WHERE w.due_at <= $2 AND coalesce(b.running, 0) < $6
  LIMIT $3
), levelled AS (
  -- So many for each that all have the same; who has few rows leaves the rest to the next take.
  SELECT t.organization_id, t.running, least($6, ceil(
    ($3 + sum(t.running) OVER ())::FLOAT / count(*) OVER ())::BIGINT) - t.running AS share
  FROM tenants t
), locked AS MATERIALIZED (
  SELECT c.*, l.running + row_number()
    OVER (PARTITION BY l.organization_id ORDER BY c.due_at) AS turn
  FROM levelled l CROSS JOIN LATERAL (
    SELECT {key}, d.due_at{"".join(f", d.{column}" for column in self.before)} FROM {self.name} d
    WHERE {self._open} AND {self.tenant} = l.organization_id AND d.due_at <= $2 AND {self.only}
    ORDER BY d.due_at LIMIT greatest(l.share, 0)
    FOR NO KEY UPDATE SKIP LOCKED) c
), picked AS MATERIALIZED (
  SELECT {self._names}{before} FROM locked ORDER BY turn, random() LIMIT $3
)
UPDATE {self.name} d SET taken_by = $1, tries = d.tries + 1{sets}
  FROM picked p WHERE {self._same("p")}
  RETURNING {key}, {self.tenant} AS organization_id, d.tries{columns}{was}
"""
