"""Going in: what a gate takes, what it refuses, and that each scan is recorded once."""

from __future__ import annotations

import asyncio
import datetime as dt

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Payload
from tests.answers import code as code_of
from tests.gates import FREE, Evening, make_evening, now, scan, seconds_ago
from tests.worlds import Place, make_fans, make_world


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def test_a_code_lets_its_ticket_in_once(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    code = await evening.code(ticket)
    first = await evening.scan(code, gate="North", clientId="one")
    assert first.status_code == 200, first.text
    told = first.json()["data"]
    assert (told["result"], told["ticket"]["ticketId"], told["ticket"]["status"]) == (
        *("ADMITTED", ticket),
        "CHECKED_IN",
    )
    second = await evening.scan(code, gate="South")
    assert code_of(second) == (409, "TICKET002")
    assert second.json()["error"]["details"]["gate"] == "North"
    assert await evening.recorded() == [("ADMITTED", "North")]
    # Who counts an evening by section asks no ticket for it.
    assert await evening.db.fetchval(
        "SELECT c.section_id = t.section_id FROM checkins c JOIN tickets t USING (order_id, number)"
        " WHERE c.event_id = $1",
        evening.world.event_id,
    )


async def test_the_same_client_id_is_answered_the_same_and_recorded_once(evening: Evening) -> None:
    first, other = await evening.tickets(2)
    code = await evening.code(first)
    answers = [await evening.scan(code, clientId="again") for _ in range(3)]
    assert [answer.json()["data"]["again"] for answer in answers] == [False, True, True]
    assert len({str(answer.json()["data"]["ticket"]) for answer in answers}) == 1
    # Its code is dead by now: the answer is the first one all the same.
    old = await evening.code_made(first, at=now() - dt.timedelta(minutes=5))
    assert (await evening.scan(old, clientId="again")).json()["data"]["again"] is True
    reused = await evening.scan(await evening.code(other), clientId="again")
    assert code_of(reused) == (409, "IDEMPOTENCY001")
    assert await evening.recorded() == [("ADMITTED", "A")]


async def test_a_screenshot_is_refused_after_45_seconds(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    for ago, expected in ((60, 409), (46, 409), (-31, 409)):
        made = await evening.code_made(ticket, at=now() - dt.timedelta(seconds=ago))
        assert (await evening.scan(made)).status_code == expected, ago
    assert await evening.recorded() == []
    fresh = await evening.code_made(ticket, at=now() - dt.timedelta(seconds=16))
    assert (await evening.scan(fresh)).status_code == 200


async def test_a_clock_set_back_makes_no_old_code_young(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    # What a phone with its clock ten minutes back shows now.
    old = await evening.code_made(ticket, at=now() - dt.timedelta(minutes=10))
    assert code_of(await evening.scan(old)) == (409, "TICKET003")
    # A scanner set back as far says that it is that early: on line it is our clock that counts.
    assert code_of(await evening.scan(old, scannedAt=seconds_ago(600))) == (409, "TICKET003")
    assert await evening.recorded() == []
    # Without a network, a picture of a minute ago is none of that minute's scans: it is flagged.
    (flagged,) = await evening.batch(scan(old, scannedAt=seconds_ago(540)))
    assert (flagged["result"], flagged["error"]["code"]) == ("CONFLICT", "TICKET003")
    assert await evening.recorded() == [("CONFLICT", "A")]


async def test_an_altered_payload_and_a_forger_with_the_gate_key_are_refused(
    evening: Evening,
) -> None:
    (ticket, other) = await evening.tickets(2)
    code = await evening.code(ticket)
    wrong = ("0" if code[40] != "0" else "1").join((code[:40], code[41:]))
    assert (await evening.scan(wrong)).status_code in {404, 409}
    thief = EventKeys(seed=bytes(32), gate_key=(await evening.keys()).gate_key)
    payload = Payload(
        ticketcode.parse(await evening.code(other)).payload.ticket_id, evening.world.event_id, 0
    )
    forged = ticketcode.code_at(payload, keys=thief, unix=now().timestamp())
    assert code_of(await evening.scan(forged)) == (404, "TICKET001")
    assert await evening.recorded() == []


async def test_a_code_of_another_event_is_refused(
    evening: Evening, client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    elsewhere = await make_evening(client, db, settings)
    (ticket,) = await elsewhere.tickets()
    code = await elsewhere.code(ticket)
    assert code_of(await evening.scan(code)) == (409, "TICKET003")
    # By its id neither: another event's ticket is none of this gate's.
    named = await evening.scan(None, ticketId=ticket)
    assert code_of(named) == (409, "TICKET003")
    assert await elsewhere.recorded() == []


async def test_two_gates_at_once_let_one_in(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    code = await evening.code(ticket)
    answers = await asyncio.gather(*(evening.scan(code, gate=f"G{n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert [result for result, _ in await evening.recorded()] == ["ADMITTED"]


async def test_cancelled_transferred_and_disputed_tickets_are_refused(evening: Evening) -> None:
    cancelled, sent, disputed = [(await evening.tickets())[0] for _ in range(3)]
    codes = [await evening.code(each) for each in (cancelled, sent, disputed)]
    order = f"{int(cancelled.replace('-', ''), 16) & ~0xFFF:032x}"
    gone = await evening.client.post(f"/api/v1/orders/{order}/cancel", headers=evening.fan.headers)
    assert gone.status_code == 200, gone.text
    await evening.db.execute(
        "UPDATE tickets SET status = 'TRANSFERRED' WHERE order_id = $1",
        f"{int(sent.replace('-', ''), 16) & ~0xFFF:032x}",
    )
    await evening.db.execute(
        "UPDATE orders SET payment_status = 'DISPUTED' WHERE id = $1",
        f"{int(disputed.replace('-', ''), 16) & ~0xFFF:032x}",
    )
    told = [code_of(await evening.scan(each)) for each in codes]
    assert told == [(409, "TICKET004")] * 3
    refused = await evening.client.get(
        f"/api/v1/tickets/{disputed}/code", headers=evening.fan.headers
    )
    assert code_of(refused) == (409, "TICKET004")
    assert await evening.recorded() == []


async def test_a_reissue_kills_the_codes_before(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    before = await evening.code(ticket)
    made = await evening.client.post(
        f"/api/v1/tickets/{ticket}/reissue", headers=evening.fan.headers
    )
    assert made.status_code == 200, made.text
    assert code_of(await evening.scan(before)) == (409, "TICKET003")
    assert (await evening.scan(await evening.code(ticket))).status_code == 200


@pytest.mark.parametrize(
    ("status", "starts_in", "expected"),
    [
        ("LIVE", dt.timedelta(days=3), 200),
        ("ON_SALE", dt.timedelta(hours=5), 200),
        ("ON_SALE", dt.timedelta(hours=7), 409),
        ("PAUSED", dt.timedelta(hours=-1), 200),
        ("SOLD_OUT", dt.timedelta(hours=-3), 409),
        ("SCHEDULED", dt.timedelta(hours=1), 409),
        ("COMPLETED", dt.timedelta(hours=-1), 409),
    ],
)
async def test_a_gate_is_open_by_status_and_time(
    evening: Evening, status: str, starts_in: dt.timedelta, expected: int
) -> None:
    (ticket,) = await evening.tickets()
    code = await evening.code(ticket)
    start = now() + starts_in
    await evening.db.execute(
        "UPDATE events SET status = $2, start_time = $3, end_time = $4 WHERE id = $1",
        *(evening.world.event_id, status, start, start + dt.timedelta(hours=2)),
    )
    answer = await evening.scan(code)
    assert answer.status_code == expected, answer.text
    if expected == 409:
        assert code_of(answer) == (409, "TICKET003")


async def test_on_line_no_clock_of_a_device_opens_or_shuts_a_gate(evening: Evening) -> None:
    ticket, other = await evening.tickets(2)
    await evening.code(ticket)

    async def shown(which: str, at: dt.datetime) -> httpx.Response:
        """A code of now, at a scanner that says that it is another time."""
        code = await evening.code_made(which, at=now())
        return await evening.scan(code, scannedAt=at.isoformat())

    # The gates were open an hour and a half ago, which is what a scanner set back says.
    begun, over = now() - dt.timedelta(hours=3), now() - dt.timedelta(hours=1)
    await evening.db.execute(
        "UPDATE events SET status = 'ON_SALE', start_time = $2, end_time = $3 WHERE id = $1",
        *(evening.world.event_id, begun, over),
    )
    assert code_of(await shown(ticket, over - dt.timedelta(minutes=30))) == (409, "TICKET003")
    assert await evening.recorded() == []
    await evening.db.execute(
        "UPDATE events SET end_time = $2 WHERE id = $1",
        *(evening.world.event_id, now() + dt.timedelta(hours=1)),
    )
    for which, minutes in ((ticket, 10), (other, -3000)):
        answer = await shown(which, now() + dt.timedelta(minutes=minutes))
        assert answer.status_code == 200, answer.text
    inside = (await evening.manifest())["tickets"]
    told = [dt.datetime.fromisoformat(each["at"]) for each in inside]
    assert all(abs(at - now()) < dt.timedelta(minutes=1) for at in told)


async def test_a_batch_is_answered_in_order_and_a_second_device_is_flagged(
    evening: Evening,
) -> None:
    first, second, unsold = await evening.tickets(3)
    await evening.code(first)
    at = now() - dt.timedelta(minutes=20)
    codes = [await evening.code_made(each, at=at) for each in (first, second, unsold)]
    asked = [
        scan(codes[0], clientId="d1-1", scannedAt=at.isoformat()),
        scan(codes[1], clientId="d1-2", scannedAt=at.isoformat()),
        scan("no code", clientId="d1-3", scannedAt=at.isoformat()),
        # Its code was five minutes old when it was shown.
        scan(codes[2], clientId="d1-4", scannedAt=seconds_ago(900)),
    ]
    results = await evening.batch(*asked)
    assert [(each["clientId"], each["result"]) for each in results] == [
        ("d1-1", "ADMITTED"),
        ("d1-2", "ADMITTED"),
        ("d1-3", "REFUSED"),
        ("d1-4", "CONFLICT"),
    ]
    assert [each["error"]["code"] for each in results[2:]] == ["TICKET001", "TICKET003"]
    twin = scan(codes[0], clientId="d2-1", deviceId="d2", gate="B", scannedAt=at.isoformat())
    (conflict,) = await evening.batch(twin)
    assert (conflict["result"], conflict["error"]["code"]) == ("CONFLICT", "TICKET002")
    expected = [("ADMITTED", "A"), ("ADMITTED", "A"), ("CONFLICT", "A"), ("CONFLICT", "B")]
    assert await evening.recorded() == expected
    # Sent again, since the answer got lost: the same, and nothing more.
    assert await evening.batch(*asked) == results
    assert await evening.batch(twin) == [conflict]
    assert await evening.recorded() == expected


async def test_an_exit_without_an_entrance_is_recorded_once_though_it_is_sent_twice(
    evening: Evening,
) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    at = now() - dt.timedelta(minutes=20)
    code = await evening.code_made(ticket, at=at)

    def seen(client: str, direction: str) -> dict[str, object]:
        return scan(code, clientId=client, direction=direction, scannedAt=at.isoformat())

    # The device came back without the scan of the entrance: another device has that one.
    asked = [seen("out-1", "OUT"), seen("in-1", "IN"), seen("out-2", "OUT"), seen("out-3", "OUT")]

    async def sent(scans: list[dict[str, object]]) -> list[tuple[str, str, str | None]]:
        return [
            (each["clientId"], each["result"], each.get("error", {}).get("code"))
            for each in await evening.batch(*scans)
        ]

    expected = [
        ("out-1", "CONFLICT", "TICKET004"),
        ("in-1", "ADMITTED", None),
        ("out-2", "LEFT", None),
        ("out-3", "CONFLICT", "TICKET004"),
    ]
    books = [("CONFLICT", "A"), ("ADMITTED", "A"), ("LEFT", "A"), ("CONFLICT", "A")]
    assert await sent(asked) == expected
    assert await evening.recorded() == books
    # The answer was lost: the same, and nobody goes or comes by it.
    assert await sent(asked) == expected
    assert await sent(asked[::-1]) == expected[::-1]
    assert await evening.recorded() == books
    whole = await evening.manifest()
    assert (whole["admitted"], whole["inside"]) == (1, 0)


async def test_a_batch_of_the_future_or_of_last_week_is_refused(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    for hours in (25, 24 * 7, -1):
        at = now() - dt.timedelta(hours=hours)
        code = await evening.code_made(ticket, at=at)
        (result,) = await evening.batch(scan(code, scannedAt=at.isoformat()))
        assert (result["result"], result["error"]["code"]) == ("REFUSED", "TICKET003"), hours
    assert await evening.recorded() == []


async def test_one_ticket_and_one_client_id_twice_in_a_batch(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    code = await evening.code(ticket)
    at = now().isoformat()
    twice = scan(code, clientId="same", scannedAt=at)
    results = await evening.batch(twice, twice, scan(code, clientId="other", scannedAt=at))
    assert [each["result"] for each in results] == ["ADMITTED", "ADMITTED", "CONFLICT"]
    assert await evening.recorded() == [("ADMITTED", "A"), ("CONFLICT", "A")]


async def test_who_may_stand_at_a_gate(
    evening: Evening, db: asyncpg.Connection, settings: Settings
) -> None:
    (ticket,) = await evening.tickets()
    code = await evening.code(ticket)
    (analyst,) = await make_fans(db, evening.world, 1, role="ANALYST")
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    other = await make_world(db, settings)
    (stranger,) = await make_fans(db, other, 1, role="OWNER")
    assert code_of(await evening.scan(code, who=evening.fan)) == (404, "EVENT001")
    assert code_of(await evening.scan(code, who=stranger)) == (404, "EVENT001")
    assert code_of(await evening.scan(code, who=analyst)) == (403, "AUTH004")
    assert await evening.recorded() == []
    assert (await evening.scan(code, who=manager)).status_code == 200


async def test_the_manifest_and_its_deltas(evening: Evening) -> None:
    tickets = sorted(await evening.tickets(3))
    whole = await evening.manifest()
    assert whole["isWhole"] is True
    assert sorted(each["ticketId"] for each in whole["tickets"]) == tickets
    assert {each["status"] for each in whole["tickets"]} == {"VALID"}
    assert "gateKey" not in whole
    assert "name" not in whole["tickets"][0]
    await evening.scan(await evening.code(tickets[0]), gate="North")
    delta = await evening.manifest(since=whole["sequence"])
    assert delta["isWhole"] is False
    assert (delta["admitted"], delta["inside"]) == (1, 1)
    # Of the whole order, so that no order is half known.
    assert [each["status"] for each in delta["tickets"]] == ["CHECKED_IN", "VALID", "VALID"]
    assert delta["tickets"][0]["gate"] == "North"
    nothing = await evening.manifest(since=delta["sequence"])
    assert (nothing["sequence"], nothing["tickets"]) == (delta["sequence"], [])
    ahead = await evening.manifest(since=delta["sequence"] + 1)
    assert ahead["isWhole"] is True
    wrong = await evening.client.get(
        f"{evening.path}/checkins/manifest?since=x", headers=evening.staff.headers
    )
    assert code_of(wrong) == (422, "VALIDATION001")


async def test_a_gate_lets_in_only_whom_its_rules_name(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    evening = await make_evening(client, db, settings, sections=(FREE, Place(50, amount=0, fee=0)))
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    (ticket,) = await evening.tickets()
    rules = {
        "gates": [
            {"name": "East", "sectionIds": [str(evening.world.section_ids[1])], "zone": "Inner"},
            {"name": "West", "zone": "Inner"},
        ],
        "zones": [{"name": "Inner", "capacity": 100}],
    }
    path = f"{evening.path}/gates/rules"
    refused = await client.put(path, json=rules, headers=evening.staff.headers)
    assert code_of(refused) == (403, "AUTH004")
    kept = await client.put(path, json=rules, headers=manager.headers)
    assert kept.status_code == 200, kept.text
    code = await evening.code(ticket)
    for gate in ("East", "Somewhere"):
        assert code_of(await evening.scan(code, gate=gate)) == (409, "TICKET003"), gate
    assert await evening.recorded() == []
    assert (await evening.scan(code, gate="West")).status_code == 200
    read = await client.get(path, headers=evening.staff.headers)
    assert read.json()["data"] == kept.json()["data"]


async def test_out_and_in_again_where_the_rules_allow_it(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    (ticket,) = await evening.tickets()

    async def pass_by(direction: str) -> tuple[int, str]:
        answer = await evening.scan(await evening.code_made(ticket, at=now()), direction=direction)
        return (200, answer.json()["data"]["result"]) if answer.is_success else code_of(answer)

    await evening.code(ticket)
    assert await pass_by("OUT") == (409, "TICKET004")
    assert await pass_by("IN") == (200, "ADMITTED")
    assert await pass_by("OUT") == (200, "LEFT")
    assert await pass_by("IN") == (409, "TICKET002")
    path = f"{evening.path}/gates/rules"
    for seconds, expected in ((3600, (409, "TICKET002")), (0, (200, "ADMITTED"))):
        rules = {"reentry": True, "passbackSeconds": seconds}
        assert (await evening.client.put(path, json=rules, headers=manager.headers)).is_success
        assert await pass_by("IN") == expected
    # Handed back over the fence: in twice without out.
    assert await pass_by("IN") == (409, "TICKET002")
    whole = await evening.manifest()
    assert (whole["admitted"], whole["inside"]) == (1, 1)
