"""`make audit`: reads the code, then attacks a running server as everybody. A line a finding.

Tools of others lie in environments of their own (`requirements.lock`; `wapiti.lock`, whose pins
fit nobody else's), so that none can move what we ship. `--parts` runs some alone; `--long` gives
the fuzzer more time, lets sqlmap and wapiti try every parameter, and runs the tests that attack:
forged tokens, foreign ids, rights of every route, more fields than there are, addresses that lead
inside. `make test` has those tests too, and a short form of the rest (docs/explanation/threats.md
says what runs where). Ends with 1 where something is found that
`explained.toml` does not explain, or where an explanation explains nothing any more.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from arenapulse.core.ids import SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity.schemas import ADMIN, Role
from bench.stack import running_stack
from tests.worlds import Fan, World, make_fans, make_world

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHORT_SECONDS, LONG_SECONDS = 30, 240
WAPITI_SECONDS = 60
WAPITI_MODULES = ",".join(
    (
        *("cookieflags", "crlf", "csp", "exec", "file", "htaccess", "http_headers", "methods"),
        *("permanentxss", "redirect", "sql", "timesql", "xss"),
    )
)
READING = ("bandit", "semgrep", "secrets")
RUNNING = ("headers", "fuzz")
LONG = ("sqlmap", "wapiti", "attacks")
ATTACKS = (
    *("api/test_hostile.py", "api/test_rights.py", "api/test_second_wall.py"),
    *("api/test_tenant_fields.py", "reactions/test_webhooks_inside.py", "api/test_media.py"),
    *("rules/test_destination.py", "rules/test_identity_tokens.py"),
)
TOOL_SECONDS_MAX = 1_800
AUDIT_LASTS = dt.timedelta(hours=12)
CHECKS = "not_a_server_error,ignored_auth,use_after_free"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-resource-policy": "same-origin",
}


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Target:
    url: str
    world: World
    people: dict[str, Fan]


def _said(*command: str, seconds: float = TOOL_SECONDS_MAX) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, check=False, cwd=ROOT
    )
    return done.stdout


def _lasting(world: World, fan: Fan, *roles: str) -> Fan:
    """The same person by a token that outlives the tools: one that is over finds nothing."""
    now = dt.datetime.now(dt.UTC)
    token, _ = world.tokens.mint(
        UserId(fan.user_id),
        session_id=SessionId(uuid4()),
        roles=frozenset(roles),
        signed_in_at=now,
        now=now,
        lifetime=AUDIT_LASTS,
    )
    return Fan(fan.user_id, token)


def bandit(tools: Path) -> Iterator[str]:
    told = json.loads(_said(str(tools / "bandit"), "-q", "-r", "src", "-ll", "-f", "json"))
    for each in told["results"]:
        yield f"bandit {each['test_id']} {each['filename']}"


def semgrep(tools: Path) -> Iterator[str]:
    rules = str(HERE / "semgrep.yaml")
    quiet = ("--metrics=off", "--disable-version-check", "--quiet", "--json")
    program = str(tools / "semgrep")
    told = json.loads(_said(program, "scan", "--config", rules, *quiet, "src", "web/src"))
    for each in told["errors"]:
        yield f"semgrep could not read {each.get('path')}"
    for each in told["results"]:
        yield f"semgrep {each['check_id'].rsplit('.', 1)[-1]} {each['path']}"


def secrets(tools: Path) -> Iterator[str]:
    files = [name for name in _said("git", "ls-files").splitlines() if not name.endswith(".lock")]
    # Guesses by entropy find every hash of a lock; a key of a vendor has a form.
    guesses = ("KeywordDetector", "HexHighEntropyString", "Base64HighEntropyString")
    off = [word for name in guesses for word in ("--disable-plugin", name)]
    for start in range(0, len(files), 400):
        program = str(tools / "detect-secrets")
        told = json.loads(_said(program, "scan", *off, *files[start : start + 400]))
        for name, found in told["results"].items():
            for each in found:
                yield f"secret {each['type']} {name}"


def fuzz(tools: Path, target: Target, *, seconds: int) -> Iterator[str]:
    """Schemathesis over the whole document, as nobody and as each of the people."""
    # The first who asks has it made, which takes longer than the fuzzer waits on a busy machine.
    httpx.get(f"{target.url}/api/v1/openapi.json", timeout=60).raise_for_status()
    for who, fan in {"nobody": None, **target.people}.items():
        token = [] if fan is None else ["-H", f"Authorization: Bearer {fan.token}"]
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            _said(
                *(str(tools / "schemathesis"), "run", f"{target.url}/api/v1/openapi.json"),
                *("--url", target.url, "--checks", CHECKS, "--continue-on-failure"),
                *("--max-time", str(seconds), "--report-json-path", str(report), *token),
                seconds=10 * seconds + 60,
            )
            told = report.read_text() if report.exists() else ""
        if not told:
            yield f"schemathesis said nothing as {who}"
            continue
        yield from _judged(json.loads(told), who=who)


def _judged(report: dict[str, Any], *, who: str) -> Iterator[str]:
    """Its failures; and that it ran: a run that ended by an error has none of them."""
    tried, cases = report["operations"] or {"tested": 0, "total": 0}, report["test_cases"]
    print(
        f"· schemathesis as {who}: {cases['generated']} cases at {tried['tested']} of "
        f"{tried['total']} operations, phases {', '.join(report['phases'] or ())}",
        flush=True,
    )
    if not report["complete"] or not tried["tested"]:
        yield f"schemathesis stopped as {who}: {report['stop_reason']}"
    for error in report["errors"]:
        yield f"schemathesis {error['title']} as {who}"
    for failure in report["failures"]:
        for operation in failure["operations"]:
            yield f"schemathesis {failure['type']} {operation} as {who}"


def headers(target: Target) -> Iterator[str]:
    paths = ("/", "/docs", "/api/v1/events", "/api/v1/users/me", "/api/v1/nowhere", "/nowhere.php")
    with httpx.Client(base_url=target.url) as client:
        for path in paths:
            answer = client.get(path)
            for name, value in HEADERS.items():
                if answer.headers.get(name) != value:
                    yield f"headers {name} of {path}"
            policy = answer.headers.get("content-security-policy", "")
            if "unsafe-inline" in policy or "frame-ancestors 'none'" not in policy:
                yield f"headers content-security-policy of {path}"
            if path.startswith("/api/") and answer.headers.get("cache-control") != "no-store":
                yield f"headers cache-control of {path}"
            if "server" in answer.headers or "x-powered-by" in answer.headers:
                yield f"headers say what serves {path}"
        person = {"email": "audit@fans.test", "password": "correct horse 9", "fullName": "A B"}
        made = client.post("/api/v1/auth/register", json=person)
        cookie = made.headers.get("set-cookie", "")
        for word in ("HttpOnly", "SameSite=", "Path=/api/v1/auth"):
            if word.lower() not in cookie.lower():
                yield f"cookie without {word}"
        foreign = client.get("/api/v1/events", headers={"Origin": "https://evil.test"})
        if "access-control-allow-origin" in foreign.headers:
            yield "cors for strangers"


def injected(tools: Path, target: Target) -> Iterator[str]:
    """Sqlmap on what takes words, as the owner of an organization."""
    token = f"Authorization: Bearer {target.people['owner'].token}"
    place = f"{target.url}/api/v1/organizations/{target.world.organization_id}"
    for url in (
        f"{target.url}/api/v1/search?q=match&city=Havenbrook",
        f"{target.url}/api/v1/search/suggest?q=ma",
        f"{target.url}/api/v1/events?status=ON_SALE&page=1",
        f"{place}/orders?q=fan&status=PENDING",
        f"{place}/audit?limit=10",
    ):
        told = _said(
            *(str(tools / "sqlmap"), "-u", url, "--batch", "--headers", token, "--flush-session"),
            *("--level", "2", "--risk", "2", "--dbms", "PostgreSQL", "--technique", "BEUST"),
        )
        where = url.split("/api/v1")[1].split("?")[0]
        # One that was not let in, or did not come to its end, found nothing either.
        if not re.search(r"^\[\*\] ending @", told, re.MULTILINE):
            yield f"sqlmap stopped at {where}"
        if "401 (Unauthorized)" in told or "connection to the target URL" not in told:
            yield f"sqlmap was not let in at {where}"
        if "is vulnerable" in told or "injectable" in re.sub(r"not .*injectable", "", told):
            yield f"sqlmap {where}"


def scanned(tools: Path, target: Target, *, seconds: int) -> Iterator[str]:
    """Wapiti on every operation of the document, as the owner of an organization."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        _said(
            *(str(tools / "wapiti"), "--url", f"{target.url}/"),
            *("--swagger", f"{target.url}/api/v1/openapi.json", "--module", WAPITI_MODULES),
            *("--header", f"Authorization: Bearer {target.people['owner'].token}"),
            *("--max-scan-time", str(seconds), "--max-attack-time", str(seconds)),
            *("--store-session", folder, "--store-config", folder, "--no-bugreport"),
            *("--format", "json", "--output", str(report)),
        )
        if not report.exists():
            yield "wapiti said nothing"
            return
        told = json.loads(report.read_text())
    lines = {
        f"wapiti {kind} {each['method']} {each['path'].split('?')[0]}"
        for kinds in (told["vulnerabilities"], told["anomalies"])
        for kind, found in kinds.items()
        for each in found
    }
    yield from sorted(re.sub(_ID, "{id}", line) for line in lines)


def attacks() -> Iterator[str]:
    """Our own tests that attack; each that fails is a finding."""
    files = [f"tests/{name}" for name in ATTACKS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "--tb=no", "-rfE", *files],
        capture_output=True,
        text=True,
        timeout=TOOL_SECONDS_MAX,
        check=False,
        cwd=ROOT,
    )
    failed = [
        line.split()[1]
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED ", "ERROR "))
    ]
    # How it ended, not its last line: that one may be configured away.
    if done.returncode and not failed:
        yield f"attacks did not run: pytest ended with {done.returncode}"
    yield from (f"attack {name}" for name in failed)


async def _people(url: str, settings: Settings) -> tuple[World, dict[str, Fan]]:
    db = await asyncpg.connect(url)
    try:
        world = await make_world(db, settings)
        people: dict[str, Fan] = {}
        for role in (None, *Role):
            (fan,) = await make_fans(db, world, 1, role=None if role is None else role.value)
            people["buyer" if role is None else role.value.lower()] = _lasting(world, fan)
        (admin,) = await make_fans(db, world, 1, platform=ADMIN)
        people["admin"] = _lasting(world, admin, ADMIN)
    finally:
        await db.close()
    return world, people


def _key(target: Target) -> Fan:
    """A machine of the organization, with a key of its own."""
    made = httpx.post(
        f"{target.url}/api/v1/organizations/{target.world.organization_id}/api-keys",
        json={"name": "Audit", "role": Role.OWNER.value},
        headers=target.people["owner"].headers,
    ).raise_for_status()
    data = made.json()["data"]
    return Fan(UUID(data["id"]), data["key"])


def found(tools: Path, *, parts: Collection[str], seconds: int) -> Iterator[str]:
    for name, judge in (("bandit", bandit), ("semgrep", semgrep), ("secrets", secrets)):
        if name in parts:
            yield from judge(tools / "audit" / "bin")
    if "attacks" in parts:
        yield from attacks()
    if not {"headers", "fuzz", "sqlmap", "wapiti"} & set(parts):
        return
    with running_stack(servers=1, worker=True) as stack:
        world, people = asyncio.run(_people(stack.settings.database_url or "", stack.settings))
        target = Target(f"http://127.0.0.1:{stack.ports[0]}", world, people)
        target.people["key"] = _key(target)
        if "headers" in parts:
            yield from headers(target)
        if "fuzz" in parts:
            yield from fuzz(tools / "audit" / "bin", target, seconds=seconds)
        if "sqlmap" in parts:
            yield from injected(tools / "audit" / "bin", target)
        if "wapiti" in parts:
            yield from scanned(
                tools / "wapiti" / "bin", target, seconds=min(seconds, WAPITI_SECONDS)
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tools", type=Path, required=True, help="folder of the environments")
    parser.add_argument("--long", action="store_true")
    parser.add_argument(
        "--seconds", type=int, help="of the fuzzer as each person, of each module of wapiti"
    )
    parser.add_argument("--parts", help=f"of {', '.join((*READING, *RUNNING, *LONG))}")
    given = parser.parse_args()
    usual = (*READING, *RUNNING, *(LONG if given.long else ()))
    seconds = given.seconds or (LONG_SECONDS if given.long else SHORT_SECONDS)
    parts = given.parts.split(",") if given.parts else usual
    known = tomllib.loads((HERE / "explained.toml").read_text())["explained"]
    used: set[str] = set()
    open_findings = 0
    for line in found(given.tools, parts=parts, seconds=seconds):
        reasons = [each for each in known if re.fullmatch(each["finding"], line)]
        used.update(each["finding"] for each in reasons)
        if not reasons:
            open_findings += 1
            print(f"✗ {line}", flush=True)
    for each in known:
        if each["finding"] not in used and each["part"] in parts:
            open_findings += 1
            print(f"✗ explains nothing any more: {each['finding']}", flush=True)
    print(f"{open_findings} findings, {len(used)} explained", flush=True)
    return 1 if open_findings else 0


if __name__ == "__main__":
    sys.exit(main())
