"""Charts over HTTP: imported, drawn, given out, chosen for an event; old ones as good as new."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from arenapulse.entrypoints.reference import chart_schema
from tests.shows import (
    Organizer,
    code_of,
    event_body,
    fields_of,
    general,
    if_match,
    make_event,
    make_venue,
    member,
    organizer,
    seated,
    take,
    tier,
)

numbering = importlib.import_module("arenapulse.migrations.versions.0118_pre_venues_numbering")

VECTOR = json.loads(Path("web/src/shared/map/chart-vector.json").read_text())
DOCUMENT: dict[str, Any] = VECTOR["document"]
PLACES = 11 + 40 + 7 + 2


async def imported(
    client: httpx.AsyncClient, owner: Organizer, venue: dict[str, Any]
) -> dict[str, Any]:
    answer = await client.post(
        f"/api/v1/venues/{venue['id']}/charts", json=DOCUMENT, headers=owner.headers
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


async def used(
    client: httpx.AsyncClient, owner: Organizer, venue: dict[str, Any], chart_id: str
) -> dict[str, Any]:
    """The venue with this chart for its current one."""
    url = f"/api/v1/venues/{venue['id']}"
    answer = await client.post(f"{url}/charts/{chart_id}/use", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["isCurrent"] is True
    now: dict[str, Any] = (await client.get(url)).json()["data"]
    assert now["chartId"] == chart_id
    return now


async def test_a_document_becomes_the_venue_s_chart(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner, sections=[general("Floor", 10), general("Old", 5)])
    card = await imported(client, owner, venue)
    assert card == {
        "id": card["id"],
        "venueId": venue["id"],
        "name": "Vector",
        "capacity": PLACES,
        "seats": PLACES - 40,
        "isCurrent": False,
        "createdAt": card["createdAt"],
    }
    grown = (await client.get(f"/api/v1/venues/{venue['id']}")).json()["data"]
    assert grown == venue | {"capacity": PLACES, "version": 2}
    now = await used(client, owner, venue, card["id"])
    assert (now["capacity"], now["version"]) == (PLACES, 3)
    # The section that the venue knows by its name keeps its id, and so its prices.
    ids = {section["name"]: section["id"] for section in now["sections"]}
    assert ids.keys() == {"Stalls", "Floor", "Balcony", "Box"}
    assert ids["Floor"] == venue["sections"][0]["id"]
    assert "sight" not in json.dumps(now)
    drawn = (await client.get(f"/api/v1/venues/{venue['id']}/charts/{card['id']}")).json()["data"]
    # Every seat and every word is where the vector, which Python and TypeScript share, has it.
    unlike = {"id", "venueId", "sections"}
    assert {k: v for k, v in drawn.items() if k not in unlike} == {
        k: v for k, v in VECTOR["chart"].items() if k not in unlike
    }
    assert drawn["sections"] == [
        section | {"id": ids[section["name"]]} for section in VECTOR["chart"]["sections"]
    ]


async def test_a_chart_is_sent_small_and_once(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}/charts/{(await imported(client, owner, venue))['id']}"
    packed = await client.get(url, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["vary"] == "Accept-Encoding, Origin"
    for refusal in ("identity", "gzip;q=0", ""):
        plain = await client.get(url, headers={"Accept-Encoding": refusal})
        assert "content-encoding" not in plain.headers
        assert plain.content == packed.content
    async with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as raw:
        sent = b"".join([part async for part in raw.aiter_raw()])
    assert gzip.decompress(sent) == packed.content
    assert len(sent) < len(packed.content)
    known = await client.get(url, headers={"If-None-Match": packed.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    strange = url.replace(venue["id"], (await make_venue(client, owner))["id"])
    assert code_of(await client.get(strange, headers={"If-None-Match": "*"})) == (404, "VENUE001")


async def test_mistakes_are_told_by_their_place_and_change_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}/charts"
    row = {"label": "A", "seats": 2}
    section = {"name": "Club", "kind": "SEATED", "rows": [row]}
    for wrong, fields in (
        ([section | {"rows": [row, row]}], ["sections.0.rows.1.label"]),
        ([section | {"rows": [row | {"label": ""}]}], ["sections.0.rows.0.label"]),
        (
            [section | {"rows": [row | {"arc": {"radius": 0, "centre": [0, 0]}}]}],
            [f"sections.0.rows.0.arc.{name}" for name in ("radius", "start", "end")],
        ),
        ([section | {"rows": [row | {"line": [[0, "x"]]}]}], ["sections.0.rows.0.line.0.1"]),
        ([section | {"rows": [row | {"line": [[1, 1]]}]}], ["sections.0.rows.0.line"]),
        ([section | {"level": "Up"}], ["sections.0.level"]),
        ([{"name": "Floor", "kind": "GENERAL"}], ["sections.0.capacity"]),
        ([section | {"colour": "red"}], ["sections.0.colour"]),
    ):
        answer = await client.post(
            url, json={"version": 1, "sections": wrong}, headers=owner.headers
        )
        assert fields_of(answer) == fields, wrong
    old = await client.post(url, json={"version": 2, "sections": []}, headers=owner.headers)
    assert fields_of(old) == ["version"]
    stale = await client.post(f"{url}/{venue['chartId']}/use", headers=owner.headers | if_match(7))
    assert code_of(stale) == (412, "CONFLICT001")
    charts = (await client.get(url)).json()
    assert (charts["meta"]["total"], charts["data"][0]["id"]) == (1, venue["chartId"])
    assert (await client.get(f"/api/v1/venues/{venue['id']}")).json()["data"] == venue


async def test_a_list_of_rows_becomes_a_chart(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}/row-lists"
    text = "section,row,seats,accessible\r\nClub,A,4,1-2\r\nClub,B,3,\r\nYard,,90,\r\n"
    made = await client.post(url, json={"csv": text, "name": "List"}, headers=owner.headers)
    assert made.status_code == 201, made.text
    card = made.json()["data"]
    assert (card["name"], card["capacity"], card["seats"]) == ("List", 97, 7)
    out = await client.get(
        f"/api/v1/venues/{venue['id']}/charts/{card['id']}/rows.csv", headers=owner.headers
    )
    assert out.headers["content-type"].startswith("text/csv")
    assert out.text.splitlines()[1:] == [
        "Club,A,4,,,1 2,,",
        "Club,B,3,,,,,",
        "Yard,,90,,,,,",
    ]
    broken = await client.post(
        url, json={"csv": "section,row,seats\nClub,A,4\nClub,B,many\n"}, headers=owner.headers
    )
    assert fields_of(broken) == ["csv.3.seats"]
    long = await client.post(
        url, json={"csv": f"section,row,seats\nClub,{'A' * 41},4\n"}, headers=owner.headers
    )
    assert fields_of(long) == ["csv"]


async def test_an_export_makes_the_same_chart_again(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    first, second = await make_venue(client, owner), await make_venue(client, owner)
    card = await imported(client, owner, first)
    url = f"/api/v1/venues/{first['id']}/charts/{card['id']}"
    document = (await client.get(f"{url}/document", headers=owner.headers)).json()["data"]
    again = await client.post(
        f"/api/v1/venues/{second['id']}/charts", json=document, headers=owner.headers
    )
    assert again.status_code == 201, again.text
    drawn = (await client.get(url)).json()["data"]
    copy_url = f"/api/v1/venues/{second['id']}/charts/{again.json()['data']['id']}"
    copied = (await client.get(copy_url)).json()["data"]
    for chart in (drawn, copied):
        for section in chart["sections"]:
            del section["id"]
        del chart["id"], chart["venueId"]
    assert copied == drawn


async def test_charts_are_managers_to_make_and_take_away(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    staff = await member(client, db, organization_id=owner.organization_id, role="ANALYST")
    url = f"/api/v1/venues/{venue['id']}/charts"
    for answer in (
        await client.post(url, json=DOCUMENT, headers=staff.headers),
        await client.get(f"{url}/{venue['chartId']}/document", headers=staff.headers),
        await client.get(f"{url}/{venue['chartId']}/rows.csv", headers=staff.headers),
        await client.post(f"{url}/{venue['chartId']}/use", headers=staff.headers),
    ):
        assert code_of(answer) == (403, "AUTH004")
    assert (await client.get(url)).json()["meta"]["total"] == 1


async def test_an_event_takes_the_chart_that_it_names(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    card = await imported(client, owner, venue)
    now = (await client.get(f"/api/v1/venues/{venue['id']}")).json()["data"]
    assert now["chartId"] == venue["chartId"]
    drawn = (await client.get(f"/api/v1/venues/{venue['id']}/charts/{card['id']}")).json()["data"]
    stalls = drawn["sections"][0]["id"]
    event = await make_event(client, owner, venue, chartId=card["id"], pricingTiers=[tier(stalls)])
    assert event["chartId"] == card["id"]
    assert event["availability"]["capacity"] == PLACES
    seats = await client.get(
        f"/api/v1/events/{event['id']}/seats?sectionId={stalls}", headers=owner.headers
    )
    rows = seats.json()["data"]["rows"]
    assert [(row["label"], row["x"], row["y"], row["seats"]) for row in rows] == [
        ("A", 50.0, 25.49, "FFFFFF"),
        ("B", 50.0, 38.0, "FFFFF"),
    ]
    other = await make_venue(client, owner)
    for chart_id in (other["chartId"], str(uuid4())):
        refused = await client.post(
            "/api/v1/events",
            json=event_body(owner, venue, chartId=chart_id),
            headers=owner.headers,
        )
        assert fields_of(refused) == ["chartId"]


async def test_an_unsold_event_changes_its_chart_and_a_sold_one_keeps_it(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    card = await imported(client, owner, venue)
    drawn = (await client.get(f"/api/v1/venues/{venue['id']}/charts/{card['id']}")).json()["data"]
    stalls = drawn["sections"][0]["id"]
    url = f"/api/v1/events/{event['id']}"
    changed = await client.patch(
        url,
        json={"chartId": card["id"], "pricingTiers": [tier(stalls)]},
        headers=owner.headers | if_match(1),
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["data"]["chartId"] == card["id"]
    assert changed.json()["data"]["availability"]["capacity"] == PLACES
    await take(db, event["id"], stalls, sold=1)
    back = await client.patch(
        url,
        json={
            "chartId": venue["chartId"],
            "pricingTiers": [tier(venue["sections"][0]["id"])],
        },
        headers=owner.headers | if_match(2),
    )
    assert back.status_code == 409, back.text
    assert (await client.get(url, headers=owner.headers)).json()["data"]["chartId"] == card["id"]


async def test_the_current_chart_is_that_of_new_events(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    card = await imported(client, owner, venue)
    assert (await make_event(client, owner, venue))["chartId"] == venue["chartId"]
    now = await used(client, owner, venue, card["id"])
    listed = (await client.get(f"/api/v1/venues/{venue['id']}/charts")).json()["data"]
    assert [(chart["id"], chart["isCurrent"]) for chart in listed] == [
        (card["id"], True),
        (venue["chartId"], False),
    ]
    assert (await make_event(client, owner, now))["chartId"] == card["id"]
    back = await used(client, owner, venue, venue["chartId"])
    assert back["sections"] == venue["sections"]


async def is_told_anew(db: asyncpg.Connection, venue_id: str) -> None:
    """By the migration, of a venue from before."""
    told = await db.fetchval("SELECT sections FROM venues WHERE id = $1", UUID(venue_id))
    bare = json.loads(told)
    for section in bare:
        for row in section.get("rows", []):
            row.pop("numbering", None)
    await db.execute(
        "UPDATE venues SET sections = $2 WHERE id = $1", UUID(venue_id), json.dumps(bare)
    )
    await db.execute(numbering.TELL)
    again = await db.fetchval("SELECT sections FROM venues WHERE id = $1", UUID(venue_id))
    assert json.loads(again) == json.loads(told)


async def test_a_patch_of_sections_keeps_the_places_of_rows_that_stay(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    card = await imported(client, owner, venue)
    now = await used(client, owner, venue, card["id"])
    stalls, *others = now["sections"]
    # What stands on the seats is told with the venue, and goes with its row.
    told = {row["label"]: row.get("numbering") for row in stalls["rows"]}
    assert told == {"A": {"start": 101, "step": 2}, "B": None}
    changed = await client.patch(
        f"/api/v1/venues/{venue['id']}",
        json={"sections": [stalls | {"name": "Parquet"}, *others]},
        headers=owner.headers | if_match(now["version"]),
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["data"]["sections"][0]["rows"] == stalls["rows"]
    await is_told_anew(db, venue["id"])
    chart_id = changed.json()["data"]["chartId"]
    drawn = (await client.get(f"/api/v1/venues/{venue['id']}/charts/{chart_id}")).json()["data"]
    for kept in ("seats", "field", "levels", "gates", "texts", "obstacles", "name"):
        assert drawn[kept] == VECTOR["chart"][kept], kept
    assert drawn["sections"][0]["name"] == "Parquet"
    assert drawn["sections"][0]["rows"] == VECTOR["chart"]["sections"][0]["rows"]


async def test_a_chart_from_before_is_drawn_for_the_first_who_looks_and_kept(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    box = [[0.0, 0.0], [40.0, 0.0], [40.0, 20.0], [0.0, 20.0]]
    venue = await make_venue(client, owner, sections=[seated("Club", shape=box), general()])
    url = f"/api/v1/venues/{venue['id']}/charts/{venue['chartId']}"
    fresh = (await client.get(url)).content
    # As the version before this one wrote it: sections without sights, nothing drawn.
    await db.execute(
        "UPDATE venue_charts SET drawn = NULL, geometry = NULL, sections = "
        "(SELECT sections FROM venues WHERE chart_id = venue_charts.id) WHERE id = $1",
        UUID(venue["chartId"]),
    )
    event = await make_event(client, owner, venue)
    section_id = venue["sections"][0]["id"]
    seats = await client.get(
        f"/api/v1/events/{event['id']}/seats?sectionId={section_id}", headers=owner.headers
    )
    assert [(r["x"], r["y"]) for r in seats.json()["data"]["rows"]] == [(20, 5), (20, 15)]
    assert (await client.get(url)).content == fresh
    kept = await db.fetchval("SELECT drawn FROM venue_charts WHERE id = $1", UUID(venue["chartId"]))
    assert gzip.decompress(kept) == fresh


async def test_the_schema_is_served_as_it_is_printed(client: httpx.AsyncClient) -> None:
    served = await client.get("/api/v1/chart.schema.json")
    assert served.json() == json.loads(chart_schema())
    assert served.json()["properties"]["version"] == {
        "const": 1,
        "title": "Version",
        "type": "integer",
    }
