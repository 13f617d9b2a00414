"""`arenapulse chart` from the command line."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.charts.command import main
from arenapulse.entrypoints.charts.houses import KINDS, LARGEST, PLACES, SMALLEST
from tests.shows import make_venue, organizer, seated

TWINS = {"name": "A", "kind": "SEATED", "rows": [{"label": "A", "seats": 1}] * 2}


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Any:
    async def run(*words: str) -> tuple[int, str, str]:
        outcome = main(words, settings=lambda: settings)
        code = await outcome if asyncio.iscoroutine(outcome) else outcome
        told = capsys.readouterr()
        # The log of the application that runs beside, in JSON, is no word of the command's.
        said = [line for line in told.err.splitlines(True) if not line.startswith("{")]
        return code, told.out, "".join(said)

    return run


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("size", [SMALLEST, 0.6, LARGEST])
async def test_a_generated_chart_is_right(run: Any, tmp_path: Path, kind: str, size: float) -> None:
    places = str(round(PLACES[kind] * size))
    code, out, err = await run("generate", kind, "--places", places, "--name", "Ours")
    assert (code, err) == (0, "")
    assert json.loads(out)["name"] == "Ours"
    file = tmp_path / "chart.json"
    file.write_text(out)
    code, out, err = await run("check", str(file))
    assert (code, err) == (0, "")
    assert out.endswith("of them numbered\n")


async def test_a_house_has_its_limits(run: Any) -> None:
    for places in ("0", "-4", "3", "9999999"):
        code, out, err = await run("generate", "hall", "--places", places)
        assert (code, out) == (1, "")
        assert err == "arenapulse: --places: a hall has 300 to 2400 of them\n"


async def test_charts_go_in_and_come_out(
    client: httpx.AsyncClient, db: asyncpg.Connection, run: Any, tmp_path: Path
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner, sections=[seated("Stalls left", ("A", 3))])
    _, document, _ = await run("generate", "hall", "--places", "300")
    file = tmp_path / "hall.json"
    file.write_text(document)
    code, out, _ = await run("import", venue["id"], str(file))
    assert code == 0
    url = f"/api/v1/venues/{venue['id']}"
    # Not asked to, the venue goes on as it was.
    assert (await client.get(url)).json()["data"]["chartId"] == venue["chartId"]
    code, used, _ = await run("import", venue["id"], str(file), "--use", "--name", "Second")
    assert code == 0
    now = (await client.get(url)).json()["data"]
    assert now["chartId"] == used.strip() != out.strip()
    assert now["sections"][0]["id"] == venue["sections"][0]["id"]
    _, exported, _ = await run("export", venue["id"])
    given = json.loads(exported)
    for section in given["sections"]:
        del section["id"]
    expected = json.loads(document) | {"name": "Second"}
    for text in given["texts"]:
        # As it is where nothing is said.
        assert text.pop("angle") == 0
    assert {**given, "sections": []} == {**expected, "sections": []}
    assert [s["rows"] for s in given["sections"]] == [s["rows"] for s in expected["sections"]]
    _, rows, _ = await run("export", venue["id"], "--csv")
    seats = sum(int(line["seats"]) for line in csv.DictReader(io.StringIO(rows)))
    assert seats == 300
    _, first, _ = await run("export", venue["id"], "--chart", venue["chartId"])
    assert [s["name"] for s in json.loads(first)["sections"]] == ["Stalls left"]


async def test_a_list_of_rows_goes_in(
    client: httpx.AsyncClient, db: asyncpg.Connection, run: Any, tmp_path: Path
) -> None:
    venue = await make_venue(client, await organizer(client, db))
    file = tmp_path / "rows.csv"
    file.write_text("section,row,seats\nStalls,A,4\n")
    code, _, err = await run("import", venue["id"], str(file), "--use")
    assert (code, err) == (0, "")
    now = (await client.get(f"/api/v1/venues/{venue['id']}")).json()["data"]
    assert [(s["name"], s["capacity"]) for s in now["sections"]] == [("Stalls", 4)]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", "{", "document: "),
        ("a.json", '{"version": 2, "sections": []}', "version: "),
        (
            "a.json",
            json.dumps({"version": 1, "sections": [TWINS]}),
            "sections.0.rows.1.label: ",
        ),
        ("a.csv", "section,row,seats\nStalls,A,none\n", "csv.2.seats: "),
        ("a.json", None, "No such file"),
    ],
)
async def test_mistakes_are_told_a_line_each_and_nothing_changes(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    run: Any,
    tmp_path: Path,
    name: str,
    text: str | None,
    told: str,
) -> None:
    venue = await make_venue(client, await organizer(client, db))
    file = tmp_path / name
    if text is not None:
        file.write_text(text)
    for words in (["check", str(file)], ["import", venue["id"], str(file), "--use"]):
        code, out, err = await run(*words)
        assert (code, out) == (1, ""), words
        assert told in err
        assert err.count("\n") == 1
    assert (await client.get(f"/api/v1/venues/{venue['id']}")).json()["data"] == venue


async def test_an_unknown_venue_is_told(run: Any) -> None:
    code, _, err = await run("export", "00000000-0000-0000-0000-000000000000")
    assert (code, err) == (1, "arenapulse: There is no such venue.\n")
