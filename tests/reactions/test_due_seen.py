"""What waits, and for whom, is seen: by the command line, by doctor, by Prometheus."""

from __future__ import annotations

import os
import re
import urllib.request
from uuid import UUID

import asyncpg

from tests.commands import said
from tests.conftest import TestEngines, settings_for
from tests.forks import forked
from tests.reactions.conftest import until
from tests.servers import free_port
from tests.worlds import make_world

CHARGE = UUID(int=0xABC000)
OWED = UUID(int=0xDEF000)
KINDS = (
    *("notifications.send_mails", "notifications.send_mail_campaigns"),
    *("notifications.send_texts", "notifications.send_text_campaigns"),
    *("payments.charge_due", "payments.refund_due", "webhooks.deliver_due"),
)


def environment(url: str, **more: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:1",
        "ARENAPULSE_SECRET": "test-secret-" + "x" * 32,
        "ARENAPULSE_ENV": "test",
        "STRIPE_WEBHOOK_SECRET": "whsec_test_secret",
        **more,
    }


async def fill(db: asyncpg.Connection) -> None:
    await db.execute(
        "INSERT INTO charges (order_id, attempt, amount, currency, token, status, due_at,"
        " stuck_at, stuck_why, created_at) VALUES"
        " ($1, 1, 100, 'EUR', 'pm_card_visa', 'DUE', now() - interval '90 seconds', NULL, NULL,"
        "  now()),"
        " ($2, 1, 100, 'EUR', 'pm_card_visa', 'OWED', NULL, '2026-11-29T10:00:00Z',"
        "  'authorisation_lost', now())",
        *(CHARGE, OWED),
    )


async def test_the_command_line_shows_what_waits_and_takes_a_decision(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    around = environment(fresh_database_url)

    async def told(*words: str) -> tuple[int, list[str]]:
        return await said(*words, environment=around)

    nothing = "0 due, the oldest for 0 s, 0 in hand, 0 stuck"
    assert await told("due") == (
        0,
        ["0 workers alive", *(f"{kind}: {nothing}" for kind in KINDS)],
    )
    await fill(rows)
    code, lines = await told("doctor")
    (line,) = [line for line in lines if "due work" in line]
    found = re.fullmatch(
        r"✗ due work: 1 rows due, the oldest for (\d+) s; 1 stuck; 0 workers → arenapulse worker",
        line,
    )
    assert found is not None
    # It fell due a minute and a half before; the commands take their time on a busy machine.
    assert 90 <= int(found[1]) < 300
    assert code == 1
    _, lines = await told("due")
    below = 2 + KINDS.index("payments.charge_due")
    assert lines[below] == f"  {OWED}/1 since 2026-11-29T10:00:00Z: authorisation_lost"
    # What has ended cannot be tried again; what is not stuck is not dismissed.
    assert (await told("due", "retry", "payments.charge_due", f"{OWED}/1"))[0] == 1
    assert (await told("due", "dismiss", "payments.charge_due", f"{CHARGE}/1"))[0] == 1
    assert (await told("due", "dismiss", "payments.charge_due", f"{OWED}/1"))[0] == 0
    assert (await told("due", "dismiss", "payments.nothing", "1"))[0] == 1
    await rows.execute(
        "UPDATE charges SET stuck_at = now(), stuck_why = 'bug', tries = 9 WHERE due_at IS NOT NULL"
    )
    assert await told("due", "retry", "payments.charge_due", f"{CHARGE}/1") == (
        0,
        [f"payments.charge_due {CHARGE}/1: due now"],
    )
    row = await rows.fetchrow(
        "SELECT tries, stuck_at, stuck_why FROM charges WHERE due_at IS NOT NULL"
    )
    assert row is not None
    assert tuple(row) == (0, None, None)


async def test_a_line_that_nobody_moves_and_what_search_refuses_is_told(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async def told() -> str:
        _, lines = await said("doctor", environment=environment(fresh_database_url))
        return next(line for line in lines if "search and lines" in line)

    assert "0 documents that search refuses; 0 waiting rooms that stand still" in await told()
    world = await make_world(rows, settings_for(fresh_database_url, "redis://127.0.0.1:1"))
    await rows.execute(
        "INSERT INTO waiting_rooms (event_id, organization_id, sealed_seed, sealed_key, seal,"
        " sealed_at) VALUES ($1, $2, '', '', sha256('x'), now() - INTERVAL '2 minutes')",
        *(world.event_id, world.organization_id),
    )
    assert "1 waiting rooms that stand still → arenapulse worker" in await told()
    await rows.execute("UPDATE waiting_rooms SET over_at = now()")
    assert "0 waiting rooms" in await told()


async def test_a_job_that_failed_for_good_is_told_with_the_way_to_run_it_again(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async def told() -> str:
        _, lines = await said("doctor", environment=environment(fresh_database_url))
        return next(line for line in lines if "money and jobs" in line)

    assert (await told()).endswith("; 0 failed jobs")
    await rows.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint) VALUES (0, 'failed', 'payments.hear')"
    )
    assert (await told()).endswith("; 1 failed jobs → /admin/jobs lists them, and runs one again")


async def test_a_worker_shows_its_metrics(
    fresh_database_url: str, rows: asyncpg.Connection, engines: TestEngines
) -> None:
    await fill(rows)
    # Nobody takes it: its time is not come.
    await rows.execute("UPDATE charges SET due_at = now() + interval '1 hour' WHERE status = 'DUE'")
    port = free_port()
    variables = environment(
        fresh_database_url,
        REDIS_URL=engines.redis_url,
        ARENAPULSE_WORKER_METRICS_PORT=str(port),
    )
    worker = forked(("worker",), os.environ | variables)

    async def shows() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:  # noqa: ASYNC210 - the test has nothing else to do
                text = answer.read().decode()
        except OSError:
            return False
        return (
            'arenapulse_due_stuck{kind="payments.charge_due"} 1.0' in text
            and 'arenapulse_due_rows{kind="payments.charge_due"} 0.0' in text
        )

    try:
        await until(shows, seconds=30)
    finally:
        worker.terminate()
        assert worker.wait(timeout=10) == 0
