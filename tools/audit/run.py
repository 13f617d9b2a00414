"""`make audit`: reads the code, then attacks a running server as everybody. A line a finding.

Tools of others lie in environments of their own (`requirements.lock`; `wapiti.lock`, whose pins
fit nobody else's), so that none can move what we ship. `--parts` runs some alone, `--who` the
fuzzer as some alone; `--long` gives that more examples, has sqlmap and wapiti look too, and runs
the tests that attack: forged tokens, foreign ids, rights of every route, more fields than there
are, addresses that lead inside. `make test` has those tests too, and a short form of the rest
(docs/explanation/threats.md says what runs where). Ends with 1 where something is found that
`explained.toml` does not explain, or where an explanation explains nothing any more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

import httpx

from bench.stack import Stack, running_stack
from tools.audit.fuzz import EXAMPLES, LONG_EXAMPLES, fuzz
from tools.audit.scenes import BUYER, EVERYBODY, Scene, set_scene

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
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
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-resource-policy": "same-origin",
}


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def _said(*command: str, seconds: float = TOOL_SECONDS_MAX) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, check=False, cwd=ROOT
    )
    return done.stdout


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


def headers(url: str) -> Iterator[str]:
    paths = ("/", "/docs", "/api/v1/events", "/api/v1/users/me", "/api/v1/nowhere", "/nowhere.php")
    with httpx.Client(base_url=url) as client:
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


def injected(tools: Path, url: str, scene: Scene) -> Iterator[str]:
    """Sqlmap on what takes words, as the owner of an organization."""
    token = f"Authorization: Bearer {scene.owner.token}"
    place = f"{url}/api/v1/organizations/{scene.world.organization_id}"
    for address in (
        f"{url}/api/v1/search?q=match&city=Havenbrook",
        f"{url}/api/v1/search/suggest?q=ma",
        f"{url}/api/v1/events?status=ON_SALE&page=1",
        f"{place}/orders?q=fan&status=PENDING",
        f"{place}/audit?limit=10",
    ):
        told = _said(
            *(
                str(tools / "sqlmap"),
                "-u",
                address,
                "--batch",
                "--headers",
                token,
                "--flush-session",
            ),
            *("--level", "2", "--risk", "2", "--dbms", "PostgreSQL", "--technique", "BEUST"),
        )
        where = address.split("/api/v1")[1].split("?")[0]
        # One that was not let in, or did not come to its end, found nothing either.
        if not re.search(r"^\[\*\] ending @", told, re.MULTILINE):
            yield f"sqlmap stopped at {where}"
        if "401 (Unauthorized)" in told or "connection to the target URL" not in told:
            yield f"sqlmap was not let in at {where}"
        if "is vulnerable" in told or "injectable" in re.sub(r"not .*injectable", "", told):
            yield f"sqlmap {where}"


def scanned(tools: Path, url: str, scene: Scene) -> Iterator[str]:
    """Wapiti on every operation of the document, as the owner of an organization."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        _said(
            *(str(tools / "wapiti"), "--url", f"{url}/"),
            *("--swagger", f"{url}/api/v1/openapi.json", "--module", WAPITI_MODULES),
            *("--header", f"Authorization: Bearer {scene.owner.token}"),
            *("--max-scan-time", str(WAPITI_SECONDS), "--max-attack-time", str(WAPITI_SECONDS)),
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


def found(
    tools: Path, *, parts: Collection[str], who: Collection[str], examples: int
) -> Iterator[str]:
    for name, judge in (("bandit", bandit), ("semgrep", semgrep), ("secrets", secrets)):
        if name in parts:
            yield from judge(tools / "audit" / "bin")
    if "attacks" in parts:
        yield from attacks()
    if not {"headers", "fuzz", "sqlmap", "wapiti"} & set(parts):
        return
    with running_stack(servers=1, worker=True) as stack:
        url = f"http://127.0.0.1:{stack.ports[0]}"
        if "headers" in parts:
            yield from headers(url)
        if "sqlmap" in parts:
            yield from injected(tools / "audit" / "bin", url, _scene(stack, url, BUYER))
        if "wapiti" in parts:
            yield from scanned(tools / "wapiti" / "bin", url, _scene(stack, url, BUYER))
        if "fuzz" in parts:
            scenes = ((each, _scene(stack, url, each)) for each in who)
            yield from fuzz(tools / "audit" / "bin", url, scenes, examples=examples)


def _scene(stack: Stack, url: str, who: str) -> Scene:
    assert stack.settings.database_url
    return asyncio.run(set_scene(stack.settings.database_url, stack.settings, url=url, who=who))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tools", type=Path, required=True, help="folder of the environments")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--examples", type=int, help="of the fuzzer for each operation")
    parser.add_argument("--who", default=",".join(EVERYBODY), help="whom the fuzzer is")
    parser.add_argument("--parts", help=f"of {', '.join((*READING, *RUNNING, *LONG))}")
    given = parser.parse_args()
    usual = (*READING, *RUNNING, *(LONG if given.long else ()))
    examples = given.examples or (LONG_EXAMPLES if given.long else EXAMPLES)
    parts = given.parts.split(",") if given.parts else usual
    known = tomllib.loads((HERE / "explained.toml").read_text())["explained"]
    used: set[str] = set()
    open_findings = 0
    who = given.who.split(",")
    for line in found(given.tools, parts=parts, who=who, examples=examples):
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
