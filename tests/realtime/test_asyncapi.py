"""The document of the socket's messages: whole, true of what is sent, and the source of clients."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.realtime.asyncapi import document
from tests.realtime.buying import buy
from tests.realtime.jsonshape import faults
from tests.servers import Server, Socket, connected
from tests.worlds import Place, make_fans, make_world

ROOT = Path(__file__).parent.parent.parent
TYPESCRIPT = ROOT / "clients" / "typescript"
NAME = re.compile(r"^(event|seats|order|ticket|queue|gate|dashboard|auth):[a-z]+\n?$")
DOCUMENT = document(version="test")
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def said(value: Any, schema: str) -> list[str]:
    return faults(value, SCHEMAS[schema], schemas=SCHEMAS)


async def test_it_is_served_bare(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/asyncapi.json")
    assert answer.status_code == 200
    served = answer.json()
    assert served["asyncapi"] == "3.0.0"
    assert served | {"info": DOCUMENT["info"]} == DOCUMENT


def test_every_reference_leads_somewhere() -> None:
    references = set(re.findall(r'"\$ref": "(#[^"]+)"', json.dumps(DOCUMENT)))
    assert references
    for reference in references:
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    keys = [*MESSAGES, *SCHEMAS, *DOCUMENT["operations"]]
    assert [key for key in keys if re.fullmatch(r"[\w.-]+", key) is None] == []


def test_every_name_that_code_says_or_hears_stands_in_it() -> None:
    spoken: set[str] = set()
    for path in (ROOT / "src/arenapulse/realtime").glob("*.py"):
        if path.name == "messages.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant):
                text = node.value.decode() if isinstance(node.value, bytes) else node.value
                if isinstance(text, str) and NAME.match(text):
                    spoken.add(text.strip())
    described = {MESSAGES[key]["name"] for key in DOCUMENT["operations"]}
    assert described == spoken


async def test_what_is_sent_is_as_described(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 2),)),))
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    event = {"eventId": str(world.event_id)}
    section = event | {"sectionId": str(world.section_ids[0])}
    async with connected(pair[0], staff.token) as socket:
        assert said(await socket.emit("event:subscribe", event), "SubscribeAck") == []
        assert said(await socket.emit("seats:subscribe", section), "SeatsAck") == []
        assert said(await socket.emit("event:subscribe", {}), "Refused") == []
        assert said(await socket.emit("auth:refresh", {"token": staff.token}), "Done") == []
        body = world.order(quantity=2, paymentMethod={"type": "box_office"})
        await buy(pair[1], staff, body)
        for name in (
            "event:capacity",
            "event:update",
            "seats:update",
            "order:update",
            "ticket:update",
        ):
            await _hears_as_described(socket, name)
        for name in ("event:position", "seats:position"):
            await _hears_as_described(socket, name, seconds=15)


async def _hears_as_described(socket: Socket, name: str, *, seconds: float = 3) -> None:
    frame = await socket.hear(name, seconds=seconds)
    schema = MESSAGES[name.replace(":", ".")]["payload"]
    assert faults(frame, schema, schemas=SCHEMAS) == []


def test_the_judge_of_this_file_judges() -> None:
    good = {
        "eventId": "x",
        "sectionId": "y",
        "sequence": 1,
        "epoch": "e",
        "changes": [["A", 1, "X"]],
    }
    assert said(good, "SeatsUpdate") == [
        "$.eventId: 'x' is no uuid",
        "$.sectionId: 'y' is no uuid",
        "$.changes[0][2]: 'X' does not match ^[FHSB]$",
    ]
    assert said({"ok": True, "more": 1}, "Done") == ["$.more is not described"]
    assert said({}, "EventUnsubscribe") == ["$.eventId is missing"]


def test_the_typescript_client_is_fresh_and_compiles(tmp_path: Path) -> None:
    check = [sys.executable, str(TYPESCRIPT / "generate.py"), "--check"]
    assert subprocess.run(check, check=False).returncode == 0, "run clients/typescript/generate.py"
    modules = ROOT / "web" / "node_modules"
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    config = {
        "compilerOptions": {
            "strict": True,
            "noUncheckedIndexedAccess": True,
            "noEmit": True,
            "types": [],
            "target": "ES2022",
            "module": "ESNext",
            "moduleResolution": "bundler",
            "skipLibCheck": True,
            "lib": ["ES2022", "DOM"],
            "paths": {"socket.io-client": [f"{modules}/socket.io-client/build/esm/index.d.ts"]},
        },
        "files": [str(TYPESCRIPT / "arenapulse.ts")],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    compiler = str(modules / "typescript" / "bin" / "tsc")
    compiled = subprocess.run(
        [node, compiler, "-p", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (compiled.returncode, compiled.stdout) == (0, "")
