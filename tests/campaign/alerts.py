"""Every alert of deploy/monitoring, by a real Prometheus that looks at a real house in trouble.

    python -m tests.campaign.alerts [ALERT …]

`promtool` shows that a rule fires for figures that were made up; this shows that our processes tell
such figures when the thing happens. Servers, a worker and engines run; one trouble after the other
is made for them, and how long it takes until Prometheus says so is printed. Only the waiting is
shorter: each rule's `for` is a second here, and Prometheus looks every three. Needs Debian's
`prometheus`, and root for a disk that is full. Loopback only; ends by itself. Exit 1 where an alert
does not come, or where one comes of itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import httpx
import redis.asyncio
import uvloop

from bench.load import closed_loop
from bench.orders import USUALLY, requests
from bench.stack import Stack, running_stack, start_server
from tests.campaign.troubles import children_of, door_of_tls, full_disk
from tests.servers import free_port
from tests.worlds import Fan, Place, World, make_fans, make_world

ROOT: Final = Path(__file__).resolve().parents[2]
RULES: Final = ROOT / "deploy" / "monitoring" / "alerts.yaml"
SECONDS_MAX: Final = 150.0
QUIET_SECONDS: Final = 12.0
# More than OrdersQueueUp allows, and what two batches have in flight.
CROWD: Final = 5_600


@dataclass
class House:
    stack: Stack
    db: asyncpg.Connection
    folder: Path
    prometheus: int
    world: World
    fans: list[Fan]
    crew: int
    bad: int
    waiting: list[asyncio.Task[object]] = field(default_factory=list[asyncio.Task[object]])

    async def order(self, port: int, *, count: int, seconds: float) -> None:
        make = requests(self.world, self.fans, USUALLY[0])
        with contextlib.suppress(TimeoutError):
            await asyncio.to_thread(heard, port)
            await closed_loop(port, make, connections=count, seconds=seconds)

    def firing(self) -> set[str]:
        """Each alert, and beside it each name that it fires for."""
        page = f"http://127.0.0.1:{self.prometheus}/api/v1/alerts"
        with urllib.request.urlopen(page, timeout=10) as answer:
            alerts = json.load(answer)["data"]["alerts"]
        fired = [each["labels"] for each in alerts if each["state"] == "firing"]
        return {each["alertname"] for each in fired} | {
            f"{each['alertname']} {each['name']}" for each in fired if "name" in each
        }


def heard(port: int) -> None:
    """Waits for who starts still."""
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.5)


Trouble = Callable[[House], Awaitable[None]]


async def _nothing(_: House) -> None:
    """As the house was made: disk, standby, certificate."""


async def _old_backup(house: House) -> None:
    await house.db.execute("UPDATE backups SET finished_at = now() - INTERVAL '27 hours'")


async def _slot_of_nobody(house: House) -> None:
    (state,) = house.stack.settings.data_folder.rglob("state.json")
    url = urlsplit(house.stack.settings.database_url or "")
    superuser = await asyncpg.connect(
        host=url.hostname,
        port=url.port,
        user="postgres",
        password=json.loads(state.read_text())["superuser_password"],
        database=url.path.removeprefix("/"),
    )
    await superuser.execute("SELECT pg_create_physical_replication_slot('nobody', TRUE)")
    await superuser.close()


async def _late_charge(house: House) -> None:
    """Its vendor is switched off, and it has been due for ten minutes."""
    await house.db.execute(
        "INSERT INTO flags (name, is_on, changed_by) VALUES ('payments', FALSE, $1)",
        house.fans[0].user_id,
    )
    # Every process has heard of it.
    await asyncio.sleep(1.5)
    body = house.world.order(paymentMethod={"type": "card", "token": "pm_card_visa"})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{house.crew}", timeout=30) as client:
        answer = await client.post("/api/v1/orders", json=body, headers=house.fans[0].headers)
    assert answer.status_code == 201, answer.text
    await house.db.execute("UPDATE charges SET due_at = now() - INTERVAL '10 minutes'")


async def _stuck_charge(house: House) -> None:
    await house.db.execute("UPDATE charges SET stuck_at = now(), stuck_why = 'refused'")


async def _job_that_nobody_can_read(house: House) -> None:
    await house.db.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
        " VALUES (0, 'queued', 'payments.reconcile', '[]')"
    )


async def _other_books(house: House) -> None:
    await house.db.execute(
        "INSERT INTO payment_differences (intent_id, kind, ours, theirs, found_at)"
        " VALUES ('pi_campaign', 'MISSING', 'CAPTURED', '', now())"
    )
    await house.db.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
        " VALUES (0, 'queued', 'payments.compare_account', '{}')"
    )


async def _orders_that_fail(house: House) -> None:
    house.waiting.append(asyncio.create_task(house.order(house.bad, count=4, seconds=15)))


async def _orders_behind_a_lock(house: House) -> None:
    """Somebody else has the places: a batch waits, and behind it all who come."""

    async def hold() -> None:
        other = await asyncpg.connect(house.stack.settings.database_url)
        try:
            async with other.transaction():
                await other.execute("LOCK TABLE stock IN EXCLUSIVE MODE")
                await asyncio.sleep(25)
        finally:
            await other.close()

    house.waiting.append(asyncio.create_task(hold()))
    await asyncio.sleep(0.5)
    house.waiting.append(asyncio.create_task(house.order(house.crew, count=CROWD, seconds=1)))


async def _valkey_that_hangs(house: House) -> None:
    """It is there and says nothing; orders go on without it."""
    # No order goes on while the trouble before has the places locked.
    if house.waiting:
        await asyncio.wait(house.waiting)
    async with redis.asyncio.from_url(house.stack.environment["REDIS_URL"]) as valkey:
        pid = (await valkey.info("server"))["process_id"]

    async def hang() -> None:
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(25)
        finally:
            os.kill(pid, signal.SIGCONT)

    house.waiting.append(asyncio.create_task(hang()))
    await asyncio.sleep(0.5)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{house.crew}", timeout=5) as client:
        for fan in house.fans:
            answer = await client.post(
                "/api/v1/orders", json=house.world.order(), headers=fan.headers
            )
            assert answer.status_code == 201, answer.text


async def _server_that_dies_at_each_start(house: House) -> None:
    crew = house.stack.processes["crew"]

    async def kill_newcomers() -> None:
        lasting = children_of(crew.pid)[:1]
        while True:
            for pid in set(children_of(crew.pid)) - set(lasting):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.2)

    house.waiting.append(asyncio.create_task(kill_newcomers()))


def _killed(*names: str) -> Trouble:
    async def kill(house: House) -> None:
        for name in names:
            child = house.stack.processes[name]
            for pid in (*children_of(child.pid), child.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(child.wait)

    return kill


TROUBLES: Final[tuple[tuple[Trouble, tuple[str, ...]], ...]] = (
    (_nothing, ("StandbyIsBehind", "DependencyIsAway", "DiskFillsUp", "CertificateExpires")),
    (_old_backup, ("BackupIsOld",)),
    (_slot_of_nobody, ("WalIsNotKept",)),
    (_late_charge, ("DueWorkIsLate",)),
    (_stuck_charge, ("DueWorkWaitsForAPerson",)),
    (_job_that_nobody_can_read, ("JobsAreHeld",)),
    (_other_books, ("MoneyDiffers",)),
    (_orders_that_fail, ("ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly")),
    (_orders_behind_a_lock, ("OrdersWaitForTheDatabase", "OrdersQueueUp", "AnswersAreSlow")),
    (_valkey_that_hangs, ("DependencyIsAway redis",)),
    (_server_that_dies_at_each_start, ("ProgramIsGivenUp",)),
    (_killed("bad"), ("ServerIsGone",)),
    (_killed("crew"), ("ServersAreGone",)),
    (_killed("worker"), ("WorkersAreGone",)),
)


def _rule(alert: str) -> str:
    """Of an alert for one name alone, as well."""
    return alert.split(maxsplit=1)[0]


@contextlib.contextmanager
def watched(folder: Path, targets: list[int]) -> Generator[int]:
    """Prometheus with our rules, whose patience is a second."""
    rules = re.sub(r"(?m)^( +for: ).*$", r"\g<1>1s", RULES.read_text())
    (folder / "alerts.yaml").write_text(rules)
    (folder / "prometheus.json").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "3s", "evaluation_interval": "1s"},
                "rule_files": ["alerts.yaml"],
                "scrape_configs": [
                    {
                        "job_name": "arenapulse",
                        "static_configs": [{"targets": [f"127.0.0.1:{each}" for each in targets]}],
                    }
                ],
            }
        )
    )
    port = free_port()
    words = [
        *("prometheus", f"--config.file={folder / 'prometheus.json'}"),
        *(f"--storage.tsdb.path={folder / 'figures'}", f"--web.listen-address=127.0.0.1:{port}"),
        "--log.level=error",
    ]
    with subprocess.Popen(words) as child:
        try:
            yield port
        finally:
            child.terminate()


async def probed(ports: list[int]) -> None:
    """Asks for readiness as an orchestrator does."""
    while True:
        for port in ports:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(
                    urllib.request.urlopen, f"http://127.0.0.1:{port}/health/ready", timeout=3
                )
        await asyncio.sleep(1)


def furnish(stack: Stack, folder: Path, *, tls_port: int) -> tuple[int, int, int]:
    """Two servers on one port, one that fails, and a worker; their ports."""
    stack.environment |= {
        "ARENAPULSE_DATABASE_READ_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none",
        "ARENAPULSE_MEDIA_FOLDER": str(folder / "disk"),
        "ARENAPULSE_PUBLIC_URL": f"https://127.0.0.1:{tls_port}",
    }
    crew, bad, worker = free_port(), free_port(), free_port()
    stack.processes["crew"] = start_server(
        crew, environment=stack.environment, words=("--processes", "2")
    )
    for name, words, own in (
        ("bad", ["bench.bad_version"], {"ARENAPULSE_PORT": str(bad)}),
        ("worker", ["arenapulse", "worker"], {"ARENAPULSE_WORKER_METRICS_PORT": str(worker)}),
    ):
        environment = stack.environment | own
        stack.processes[name] = subprocess.Popen([sys.executable, "-m", *words], env=environment)
    return crew, bad, worker


async def over(house: House, alerts: set[str]) -> None:
    """What the trouble before brought along."""
    for _ in range(int(SECONDS_MAX)):
        if alerts.isdisjoint(await asyncio.to_thread(house.firing)):
            return
        await asyncio.sleep(1)


async def play(house: House, wanted: set[str]) -> list[str]:
    """What did not come."""
    missing: list[str] = []
    await asyncio.sleep(QUIET_SECONDS)
    if early := set(map(_rule, house.firing())).difference(TROUBLES[0][1]):
        missing.append(f"fired with nothing wrong: {', '.join(sorted(early))}")
    print("| alert | fired after s |\n| --- | --- |", flush=True)
    for trouble, alerts in TROUBLES:
        if wanted.isdisjoint(map(_rule, alerts)):
            continue
        if trouble is not _nothing:
            await over(house, set(alerts))
        await trouble(house)
        begun = time.monotonic()
        waited_for = set(alerts)
        while waited_for and time.monotonic() - begun < SECONDS_MAX:
            for alert in sorted(waited_for & await asyncio.to_thread(house.firing)):
                print(f"| {alert} | {time.monotonic() - begun:.1f} |", flush=True)
                waited_for.discard(alert)
            await asyncio.sleep(0.25)
        missing += [f"{alert} did not fire" for alert in sorted(waited_for)]
    return missing


async def measure(stack: Stack, folder: Path, wanted: set[str]) -> list[str]:
    async with door_of_tls(folder) as tls_port:
        crew, bad, worker = furnish(stack, folder, tls_port=tls_port)
        db = await asyncpg.connect(stack.settings.database_url)
        world = await make_world(db, stack.settings, sections=(Place(1_000_000),))
        fans = await make_fans(db, world, 20)
        await asyncio.to_thread(heard, bad)
        await asyncio.to_thread(heard, worker)
        asking = asyncio.create_task(probed([crew]))
        with watched(folder, [crew, bad, worker]) as prometheus:
            house = House(stack, db, folder, prometheus, world, fans, crew=crew, bad=bad)
            try:
                return await play(house, wanted)
            finally:
                for task in (asking, *house.waiting):
                    task.cancel()
                await asyncio.gather(asking, *house.waiting, return_exceptions=True)
                await db.close()


def _end(_number: int, _frame: object) -> None:
    sys.exit(1)


def main() -> int:
    if shutil.which("prometheus") is None or os.geteuid() != 0:
        print("alerts: needs Debian's prometheus, and root")
        return 0
    signal.signal(signal.SIGTERM, _end)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    every = {_rule(alert) for _, alerts in TROUBLES for alert in alerts}
    assert every == set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    with tempfile.TemporaryDirectory(prefix="arenapulse-alerts-") as name:
        folder = Path(name)
        with full_disk(folder / "disk"), running_stack(servers=0, worker=False) as stack:
            faults = uvloop.run(measure(stack, folder, set(sys.argv[1:]) or every))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
