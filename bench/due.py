"""Due rows of three kinds and five tenants, drained by two workers of which one is killed.

    python -m bench.due [--rows 100000] [--call-ms 150] [--workers 2] [--no-kill]

One tenant has three fifths of the rows. The vendor is a twin over HTTP: it takes its time, honours
keys, and keeps the order in which it was asked, so that it is the judge of what was done twice and
of whose turn it was. A third of the way one worker is killed by SIGKILL and another started.

Exit 1 where a row is left, an effect was made twice, a call was repeated that no kill explains, a
tenant had a tenth more or less than its share while all had rows, or a worker's memory grew.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop

from arenapulse.core.settings import Settings
from arenapulse.migrations.run import migrate
from arenapulse.migrations.script import due_columns
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.engines import running_engines
from arenapulse.runtime.jobs import Registry, attach
from arenapulse.runtime.jobs.due import DueLimits, DueTable, Kind
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts

KINDS = ("letters", "hooks", "payments")
TENANTS = 5
# Of ten rows: the first tenant has six, the others one each.
SHARES = (6, 1, 1, 1, 1)
RUNNING = 48
FAIR_WITHIN = 0.1
MEMORY_GROWTH_MAX = 1.1
SAMPLE_SECONDS = 0.5
# Shorter lives are all start.
SAMPLES_MIN = 60
NAMED_SECONDS = 2.0
# All calls that a killed worker had under way, or whose answers it had not written.
REPEATED_MAX = 2 * RUNNING * len(KINDS)


class Calls:
    """Keep-alive connections to the twin; one a call at a time, as many as there are calls."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, key: str) -> str:
        reader, writer = (
            self._idle.pop()
            if self._idle
            else await asyncio.open_connection("127.0.0.1", self._port)
        )
        writer.write(
            f"POST /v1/effects HTTP/1.1\r\nHost: twin\r\nIdempotency-Key: {key}\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        self._idle.append((reader, writer))
        return "DONE"


class Bulk(Kind[int, str]):
    """One of the three kinds; `read` to `settle` are all that a kind is."""

    limits = DueLimits(running_max=RUNNING)

    def __init__(self, table: str, *, calls: Calls) -> None:
        self.name = f"bench.{table}_due"  # type: ignore[misc]
        self.table = DueTable(  # type: ignore[misc]
            name=table, key={"id": "INTEGER"}, columns="d.organization_id AS tenant"
        )
        self._calls = calls
        self._tenants: dict[int, int] = {}

    def read(self, record: asyncpg.Record) -> int:
        self._tenants[record["id"]] = record["tenant"].int
        return int(record["id"])

    async def work(self, row: int) -> str:
        return await self._calls.post(f"{self.table.name}/{self._tenants[row]}/{row}")

    async def settle(self, session: Session, answers: Sequence[tuple[int, str]]) -> None:
        connection = await session.driver()
        ids = [row for row, _ in answers]
        await connection.execute(
            f"UPDATE {self.table.name} SET due_at = NULL WHERE id = ANY ($1)", ids
        )
        for row in ids:
            self._tenants.pop(row, None)


@dataclass
class Twin:
    """The vendor: an effect a key, however often it is asked."""

    call_seconds: float
    asked: list[str] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                key = head.split(b"Idempotency-Key: ", 1)[1].split(b"\r\n", 1)[0].decode()
                self.asked.append(key)
                await asyncio.sleep(self.call_seconds)
                self.effects.add(key)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def work(url: str, port: int) -> None:
    """A worker as `arenapulse worker` is one, with the bench's three kinds."""
    database, queue_database = Database(url, pool_size=8), Database(url, pool_size=3)
    await database.open()
    await queue_database.open()
    registry, calls = Registry(), Calls(port)
    for table in KINDS:
        registry.due(Bulk(table, calls=calls))
    jobs = attach(database, registry=registry)
    worker = Worker(
        WorkerParts(
            jobs=jobs, database=database, queue_database=queue_database, options=QueueOptions()
        )
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()
    await jobs.close()
    await queue_database.close()
    await database.close()


async def fill(db: asyncpg.Connection, rows: int) -> None:
    for table in KINDS:
        await db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY);" + due_columns(table))
        first = 0
        for tenant, share in enumerate(SHARES, start=1):
            count = rows * share // (len(KINDS) * sum(SHARES))
            await db.execute(
                f"INSERT INTO {table} (id, organization_id, due_at) "
                "SELECT n, $1, now() FROM generate_series($2::INTEGER, $3::INTEGER) n",
                *(UUID(int=tenant), first, first + count - 1),
            )
            first += count
        await db.execute(f"ANALYZE {table}")


def unfair(asked: Sequence[str], rows: int) -> dict[str, dict[str, int]]:
    """By kind, how often each tenant was asked for while all had rows, where that is not fair."""
    found: dict[str, dict[str, int]] = {}
    each = rows * min(SHARES) // (len(KINDS) * sum(SHARES))
    for kind in KINDS:
        counts: Counter[str] = Counter()
        for key in asked:
            table, tenant, _ = key.split("/")
            if table == kind:
                counts[tenant] += 1
                # The small tenants run dry one after another.
                if counts[tenant] >= each * 0.9:
                    break
        mean = sum(counts.values()) / TENANTS
        if any(abs(count - mean) > FAIR_WITHIN * mean for count in counts.values()):
            found[kind] = dict(counts)
    return found


@dataclass
class Workers:
    """Real processes; `sizes` is the memory of each by the second."""

    url: str
    port: int
    alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sizes: dict[int, list[int]] = field(default_factory=dict)

    def start(self) -> None:
        words = [sys.executable, "-m", "bench.due", "--work", self.url, str(self.port)]
        self.alive.append(subprocess.Popen(words))

    def kill(self) -> None:
        victim = self.alive.pop(0)
        victim.kill()
        victim.wait()

    def measure(self) -> None:
        for process in self.alive:
            status = Path(f"/proc/{process.pid}/status").read_text()
            size = int(status.split("VmRSS:")[1].split()[0]) * 1024
            self.sizes.setdefault(process.pid, []).append(size)

    def grown(self) -> list[str]:
        """Who is larger in the last quarter of its life than in the one before.

        Connections and their statements fill in the first half minute.
        """
        faults = []
        for sizes in self.sizes.values():
            quarter = len(sizes) // 4
            before = max(sizes[2 * quarter : 3 * quarter], default=0)
            last = max(sizes[3 * quarter :])
            if len(sizes) >= SAMPLES_MIN and last > MEMORY_GROWTH_MAX * before:
                faults.append(f"a worker grew from {before >> 20} to {last >> 20} MiB")
        return faults

    def stop(self) -> None:
        for process in self.alive:
            process.terminate()
        for process in self.alive:
            process.wait(10)


async def left(db: asyncpg.Connection) -> int:
    tables = " + ".join(
        f"(SELECT count(*) FROM {table} WHERE due_at IS NOT NULL)" for table in KINDS
    )
    return int(await db.fetchval(f"SELECT {tables}"))


async def drain(
    db: asyncpg.Connection,
    workers: Workers,
    *,
    total: int,
    options: argparse.Namespace,
) -> tuple[float, float]:
    """Seconds until nothing was due, and until the rows of the killed were free."""
    began, killed_at, free_after = time.monotonic(), 0.0, 0.0
    for _ in range(options.workers):
        workers.start()
    dead: UUID | None = None
    measured = began
    while remaining := await left(db):
        if time.monotonic() - began > options.seconds_max:
            break
        if not options.no_kill and not killed_at and remaining < total * 2 // 3:
            workers.kill()
            killed_at = time.monotonic()
            workers.start()
        elif killed_at and dead is None and time.monotonic() - killed_at > NAMED_SECONDS:
            # The living say every second that they live.
            dead = await db.fetchval("SELECT id FROM due_workers ORDER BY seen_at LIMIT 1")
        if dead is not None and not free_after and not await _has(db, dead):
            free_after = time.monotonic() - killed_at
        if time.monotonic() - measured >= SAMPLE_SECONDS:
            workers.measure()
            measured = time.monotonic()
        await asyncio.sleep(SAMPLE_SECONDS if free_after or not killed_at else 0.05)
    return time.monotonic() - began, free_after


async def _has(db: asyncpg.Connection, owner: UUID) -> bool:
    return bool(
        await db.fetchval(
            "SELECT "
            + " OR ".join(
                f"EXISTS (SELECT 1 FROM {table} WHERE taken_by = $1 AND due_at IS NOT NULL)"
                for table in KINDS
            ),
            owner,
        )
    )


async def measure(url: str, options: argparse.Namespace) -> list[str]:
    db = await asyncpg.connect(url)
    await fill(db, options.rows)
    total = await left(db)
    twin = Twin(options.call_ms / 1000)
    server = await asyncio.start_server(twin.answer, "127.0.0.1", 0)
    workers = Workers(url, int(server.sockets[0].getsockname()[1]))
    try:
        seconds, free_after = await drain(db, workers, total=total, options=options)
    finally:
        workers.stop()
    remaining = await left(db)
    lives = [f"{s[len(s) // 2] >> 20} to {s[-1] >> 20}" for s in workers.sizes.values()]
    repeated = len(twin.asked) - len(set(twin.asked))
    unfairly = unfair(twin.asked, options.rows)
    print(
        f"| {total:,} due rows, 3 kinds, 5 tenants, {options.workers} workers, calls of "
        f"{options.call_ms} ms | {seconds:.0f} s, {total / seconds:,.0f} a second; "
        f"effects {len(twin.effects):,}, calls repeated {repeated}; rows of the killed free after "
        f"{free_after:.1f} s; MiB of each worker at half its life and at its end: "
        f"{', '.join(lives)} |"
    )
    server.close()
    await db.close()
    return [
        *([f"{remaining} rows are left"] if remaining else []),
        *(
            [f"{total - len(twin.effects)} effects are missing"]
            if len(twin.effects) != total
            else []
        ),
        *(
            [f"{repeated} calls were repeated"]
            if repeated > (0 if options.no_kill else REPEATED_MAX)
            else []
        ),
        *(f"{kind} was not fair: {counts}" for kind, counts in unfairly.items()),
        *workers.grown(),
    ]


@contextmanager
def own_database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="arenapulse-bench-") as folder:
        base = Settings().model_copy(update={"data_folder": Path(folder)})
        with running_engines(base) as urls:
            asyncio.run(migrate(urls.database_url))
            yield urls.database_url


def main() -> int:
    if sys.argv[1:2] == ["--work"]:
        uvloop.run(work(sys.argv[2], int(sys.argv[3])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--call-ms", type=int, default=150)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--seconds-max", type=float, default=900)
    options = parser.parse_args()
    with own_database() as url:
        faults = uvloop.run(measure(url, options))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
