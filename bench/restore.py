"""Backups are worth what was restored from them: a drill with its times.

    python -m bench.restore [--rate 200] [--seconds 20]     `make drill`

Barman, by deploy/backup/barman.conf, keeps a database that sells: a base backup under load, WAL as
it is written, both encrypted. Then

1. somebody empties a table, and the database is restored to the second before;
2. the machine dies (`kill -9`, its disk gone), and all that was received is restored.

Printed: how long each took until the restored database answered, and how many acknowledged orders
it lacks. Exit 1 where the first lacks or has one too many, where the second lacks more than a
second's, or where a backup could be read without its key. Needs Debian's gnupg, rsync and file.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import uvloop

from arenapulse.core.settings import Settings
from arenapulse.migrations.run import migrate
from arenapulse.runtime.engines import running_engines
from arenapulse.runtime.engines.programs import installed
from bench.load import NextRequest, open_loop
from bench.orders import USUALLY, requests
from bench.stack import environment_of, free_port, start_server
from tests.worlds import Place, make_fans, make_world

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy" / "backup"
PASSPHRASE = "drill-passphrase"
PLENTY = 1_000_000
FANS = 200
COMMAND_SECONDS_MAX = 300
HOLDER = ROOT / "tests" / "engines" / "holder.py"


@dataclass
class House:
    """Engines in a process of their own, which can be killed as a machine dies."""

    folder: Path
    process: subprocess.Popen[str] = field(init=False)
    urls: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HOLDER), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        database, redis, _ = json.loads(self.process.stdout.readline())
        self.urls = (database, redis)

    def die(self) -> None:
        """The machine and its disk."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        deadline = time.monotonic() + 20
        while (self.cluster / "postmaster.pid").exists() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                os.kill(int((self.cluster / "postmaster.pid").read_text().split()[0]), 0)
                time.sleep(0.05)
                continue
            break
        shutil.rmtree(self.cluster)

    @property
    def cluster(self) -> Path:
        return self.folder / "engines" / "postgres"


@dataclass
class Keeper:
    """Barman and its key."""

    home: Path
    environment: dict[str, str]
    receiver: subprocess.Popen[bytes] | None = None

    def run(self, *words: str) -> str:
        done = subprocess.run(
            words,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def barman(self, *words: str) -> str:
        return self.run(
            str(BARMAN / "bin" / "barman"), "-c", str(self.home / "barman.conf"), *words
        )

    def receive(self) -> None:
        words = [BARMAN / "bin" / "barman", "-c", self.home / "barman.conf"]
        self.receiver = subprocess.Popen(
            [*words, "receive-wal", "arenapulse"], env=self.environment, stdout=subprocess.DEVNULL
        )

    def stop_receiving(self) -> None:
        if self.receiver is not None:
            self.receiver.terminate()
            self.receiver.wait(20)
            self.receiver = None


BARMAN = ROOT / ".tools" / "barman"


async def make_role(house: House) -> str:
    """As deploy/backup/role.sql says; what connects with it."""
    state = json.loads((house.folder / "state.json").read_text())
    host = f"host=127.0.0.1 port={state['database_port']}"
    db = await asyncpg.connect(
        host="127.0.0.1",
        port=int(state["database_port"]),
        user="postgres",
        password=state["superuser_password"],
        database="arenapulse",
    )
    text = (DEPLOY / "role.sql").read_text().replace(":'password'", "'drill'")
    await db.execute(text)
    await db.close()
    return f"{host} user=barman password=drill dbname=arenapulse"


def make_keeper(folder: Path, *, conninfo: str) -> Keeper:
    home, keys = folder / "barman", folder / "keys"
    for made in (home, home / "servers.d", home / "staging", keys):
        made.mkdir()
        made.chmod(0o700)
    programs = installed().postgres("pg_basebackup").parent
    environment = os.environ | {
        "GNUPGHOME": str(keys),
        "HOME": str(folder),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    keeper = Keeper(home, environment)
    make = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", PASSPHRASE]
    keeper.run(*make, "--quick-gen-key", "backup@arenapulse.test", "rsa3072", "encr", "never")
    words = {
        "user": "root" if os.geteuid() == 0 else str(os.environ.get("USER", "barman")),
        "home": str(home),
        "conninfo": conninfo,
        "postgres": str(programs),
        "tell": str(DEPLOY / "tell.sh"),
        "key": "backup@arenapulse.test",
        "passphrase": f"echo {PASSPHRASE}",
    }
    text = (DEPLOY / "barman.conf").read_text()
    for word, value in words.items():
        text = text.replace("{" + word + "}", value)
    (home / "barman.conf").write_text(text)
    return keeper


@dataclass
class Sold:
    """Acknowledged orders and when; the last ones are what may be lost."""

    at: list[float] = field(default_factory=list)

    def before(self, moment: float) -> int:
        return sum(at <= moment for at in self.at)


async def sell(port: int, make: NextRequest, *, rate: int, seconds: float) -> Sold:
    sold = Sold()
    await open_loop(
        port,
        make,
        rate=rate,
        connections=64,
        seconds=seconds,
        keep=lambda _body: sold.at.append(time.time()),
    )
    return sold


@contextlib.contextmanager
def restored(keeper: Keeper, house: House, *, to: Path, words: tuple[str, ...]) -> Iterator[str]:
    """A second house from the backups alone, with the first one's passwords."""
    (to / "engines").mkdir(parents=True)
    owner = house.folder.stat()
    shutil.copy(house.folder / "state.json", to / "state.json")
    keeper.barman(
        *("restore", "arenapulse", "latest", str(to / "engines" / "postgres"), "--no-get-wal"),
        *words,
    )
    engines = (house.folder / "engines").stat()
    subprocess.run(
        ["chown", "-R", f"{engines.st_uid}:{engines.st_gid}", to / "engines"], check=True
    )
    os.chown(to, owner.st_uid, owner.st_gid)
    to.chmod(owner.st_mode & 0o777)
    (to / "engines").chmod(engines.st_mode & 0o777)
    settings = Settings().model_copy(
        update={"data_folder": to, "database_url": None, "redis_url": None}
    )
    with running_engines(settings) as urls:
        yield urls.database_url


async def count(url: str) -> int:
    db = await asyncpg.connect(url)
    try:
        return int(await db.fetchval("SELECT count(*) FROM orders"))
    finally:
        await db.close()


async def told_of(url: str) -> int:
    db = await asyncpg.connect(url)
    try:
        return int(await db.fetchval("SELECT count(*) FROM backups WHERE name <> ''"))
    finally:
        await db.close()


async def damage(url: str) -> dt.datetime:
    """The mistake of somebody with rights, and the moment before it."""
    db = await asyncpg.connect(url)
    try:
        before = await db.fetchval("SELECT clock_timestamp()")
        await asyncio.sleep(1.0)
        await db.execute("TRUNCATE tickets CASCADE")
        return before
    finally:
        await db.close()


def readable(home: Path) -> list[str]:
    """Files at rest that are not encrypted; the segment that is just being received is."""
    kept = [*home.glob("arenapulse/base/*/data/*"), *home.glob("arenapulse/wals/*/*")]
    return [str(one) for one in kept if one.is_file() and not is_sealed(one)]


def is_sealed(path: Path) -> bool:
    said = subprocess.run(["file", "--brief", path], capture_output=True, text=True, check=True)
    return "PGP" in said.stdout or path.name == "backup_manifest"


async def drill(folder: Path, given: argparse.Namespace) -> list[str]:
    faults: list[str] = []
    house = House(folder / "house")
    url, redis = house.urls
    await migrate(url)
    settings = Settings().model_copy(update={"database_url": url, "secret": "drill-" + "x" * 40})
    db = await asyncpg.connect(url)
    world = await make_world(db, settings, sections=(Place(PLENTY),) * 4)
    make = requests(world, await make_fans(db, world, FANS), USUALLY[0])
    await db.close()
    keeper = make_keeper(folder, conninfo=await make_role(house))
    port = free_port()
    server = start_server(
        port,
        environment=environment_of(url, redis, secret=settings.secret or ""),
        ARENAPULSE_LOG_LEVEL="CRITICAL",
    )
    try:
        keeper.barman("receive-wal", "--create-slot", "arenapulse")
        keeper.receive()
        await asyncio.sleep(1.0)
        keeper.barman("switch-wal", "--force", "--archive", "arenapulse")
        selling = asyncio.create_task(sell(port, make, rate=given.rate, seconds=given.seconds))
        begun = time.monotonic()
        await asyncio.to_thread(keeper.barman, "backup", "--wait", "arenapulse")
        print(f"a base backup under {given.rate} orders/s: {time.monotonic() - begun:.1f} s")
        if await told_of(url) != 1:
            faults.append("the database was not told of its backup")
        first = await selling
        before = await damage(url)
        keeper.barman("switch-wal", "--force", "--archive", "arenapulse")
        faults += await to_the_second(keeper, house, folder, before=before, sold=len(first.at))
        faults += [f"{path} can be read without the key" for path in readable(keeper.home)]
        faults += await all_of_it(
            keeper, house, folder, port=port, make=make, given=given, first=first
        )
    finally:
        keeper.stop_receiving()
        server.kill()
        server.wait()
        house.process.kill()
    return faults


async def to_the_second(
    keeper: Keeper, house: House, folder: Path, *, before: dt.datetime, sold: int
) -> list[str]:
    begun = time.monotonic()
    words = ("--target-time", before.isoformat(), "--target-action", "promote")
    with restored(keeper, house, to=folder / "past", words=words) as url:
        took = time.monotonic() - begun
        there = await count(url)
    print(f"restored to the second before the mistake: {took:.1f} s, {there} of {sold} orders")
    return [] if there == sold else [f"{sold} orders were acknowledged, {there} restored"]


async def all_of_it(
    keeper: Keeper,
    house: House,
    folder: Path,
    *,
    port: int,
    make: NextRequest,
    given: argparse.Namespace,
    first: Sold,
) -> list[str]:
    selling = asyncio.create_task(sell(port, make, rate=given.rate, seconds=5))
    await asyncio.sleep(4.0)
    house.process.send_signal(signal.SIGKILL)
    died = time.time()
    with contextlib.suppress(Exception):
        second = await selling
    house.die()
    begun = time.monotonic()
    keeper.stop_receiving()
    with contextlib.suppress(RuntimeError):
        # Archives what was received whole; the database cannot be asked any more.
        keeper.barman("archive-wal", "arenapulse")
    with restored(keeper, house, to=folder / "again", words=("--partial-wal",)) as url:
        took = time.monotonic() - begun
        there = await count(url)
    acknowledged = len(first.at) + second.before(died + 1)
    lost = acknowledged - there
    print(
        f"restored after the machine was lost: {took:.1f} s, {there} of {acknowledged} orders, "
        f"so {max(lost, 0)} lost: {max(lost, 0) / given.rate * 1000:.0f} ms of sales"
    )
    return [f"{lost} orders are lost"] if lost > given.rate else []


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=int, default=200, help="orders a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of selling before the mistake")
    given = parser.parse_args()
    missing = [name for name in ("gpg", "rsync", "file") if shutil.which(name) is None]
    if missing:
        print(f"missing: apt-get install gnupg rsync file ({', '.join(missing)})", file=sys.stderr)
        return 1
    subprocess.run([DEPLOY / "install.sh", BARMAN], check=True)
    with tempfile.TemporaryDirectory(prefix="arenapulse-drill-") as folder:
        Path(folder).chmod(0o755)
        faults = uvloop.run(drill(Path(folder), given))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
