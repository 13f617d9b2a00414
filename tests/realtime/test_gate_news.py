"""Who is let in is told at once: to their own devices, and to the staff who follow the gates."""

from __future__ import annotations

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.gates import make_evening, now, scan
from tests.servers import SOON_SECONDS, Server, connected
from tests.worlds import make_fans


async def test_a_scan_is_told_to_its_holder_and_to_the_staff_of_every_process(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    async with httpx.AsyncClient(base_url=pair[0].url) as client:
        evening = await make_evening(client, db, settings)
        (stranger,) = await make_fans(db, evening.world, 1)
        ticket, other = await evening.tickets(2)
        code = await evening.code(ticket)
        event = {"eventId": str(evening.world.event_id)}
        async with (
            connected(pair[0], evening.fan.token) as phone,
            connected(pair[1], evening.fan.token) as tablet,
            connected(pair[1], stranger.token) as nobody,
            connected(pair[1], evening.staff.token) as staff,
        ):
            # The subscription of a person's channel is asynchronous: a subscribed event proves it.
            for socket in (phone, tablet, nobody):
                assert (await socket.emit("event:subscribe", event))["ok"] is True
            assert await staff.emit("gate:subscribe", event) == {"ok": True}
            scanned = await evening.scan(code, gate="North")
            assert scanned.status_code == 200, scanned.text
            for socket in (phone, tablet):
                told = await socket.hear("ticket:update", seconds=SOON_SECONDS)
                assert told == scanned.json()["data"]["ticket"]
                assert (told["ticketId"], told["status"]) == (ticket, "CHECKED_IN")
            gates = await staff.hear("gate:update", seconds=SOON_SECONDS)
            assert gates == {
                **event,
                "admitted": 1,
                "inside": 1,
                "perMinute": 1,
                "zones": [],
                "advice": [],
                "gates": [{"gate": "North", "admitted": 1, "perMinute": 1}],
            }
            # Out, and in again against the rule, without a network: flagged, and inside.
            for direction, result in (("OUT", "LEFT"), ("IN", "CONFLICT")):
                at = now()
                shown = await evening.code_made(ticket, at=at)
                passed = scan(shown, gate="North", direction=direction, scannedAt=at.isoformat())
                assert [each["result"] for each in await evening.batch(passed)] == [result]
                gates = await staff.hear("gate:update", seconds=SOON_SECONDS)
                assert gates["inside"] == (direction == "IN")
            # A refusal is no news, and neither is the same scan again.
            assert (await evening.scan(code)).status_code == 409
            assert (await evening.scan(await evening.code(other), gate="X")).status_code == 200
            told = await phone.hear("ticket:update", seconds=SOON_SECONDS)
            assert told["ticketId"] == other
            names = {name for name, _ in await nobody.quiet(0.3)}
            assert names.isdisjoint({"ticket:update", "gate:update"})
