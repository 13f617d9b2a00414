"""Schemathesis over the whole document as one of everybody, and whether it was everywhere.

It is given examples and no time: a run that ends by a clock reaches what it happens to reach. Each
operation gets what its schema allows (each boundary, what nobody thought of, chains of calls) and
what it forbids. `hooks.py` names what is there and writes every answer down; an operation that was
never reached, by right data or by wrong, is a finding.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tools.audit.scenes import Scene

ROOT = Path(__file__).parents[2]
API = "/api/v1"
SECONDS_MAX = 3_600
EXAMPLES, LONG_EXAMPLES = 2, 25
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "ignored_auth", "use_after_free"),
)
# By these whoever asks shuts themselves out.
ENDING = (f"POST {API}/auth/logout", f"POST {API}/auth/logout-all", f"DELETE {API}/users/me")
CONFIG = """
[generation]
deterministic = true
no-shrink = true
max-examples = {examples}

[phases.examples]
enabled = false

[phases.coverage]
unexpected-methods = ["TRACE"]

[phases.stateful.generation]
max-examples = {chains}
"""
CHAINS_EACH = 20
Document = Mapping[str, Any]


@dataclass
class Reached:
    """What came of every operation: how often, by right and by wrong data, with which status."""

    answers: dict[str, Counter[tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str]) -> Reached:
        found = cls()
        for line in lines:
            label, mode, status = json.loads(line)
            found.answers.setdefault(label, Counter())[mode, status] += 1
        return found

    def by(self, mode: str, *, below: int = 600) -> set[str]:
        """Those that were tried so, and answered by a status below that."""
        return {
            label
            for label, counts in self.answers.items()
            if any(each == mode and status < below for each, status in counts)
        }

    def line(self, *, who: str, of: int, seconds: float) -> str:
        right, wrong = self.by("positive"), self.by("negative")
        calls = sum(counts.total() for counts in self.answers.values())
        return (
            f"· schemathesis as {who}: {len(self.answers)} of {of} operations reached, {len(right)}"
            f" by right data ({len(self.by('positive', below=300))} of them done) and"
            f" {len(wrong)} by wrong; {calls} calls in {seconds:.0f} s"
        )


def operations(document: Document) -> dict[str, Mapping[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def missed(document: Document, reached: Reached) -> Iterator[str]:
    """Where it never was, and what was answered by a status that the document does not have."""
    right, wrong = reached.by("positive"), reached.by("negative")
    for label, operation in operations(document).items():
        if label not in right:
            yield f"never reached {label}"
        if label not in wrong and _may_be_wrong(operation):
            yield f"never reached by wrong data {label}"
        statuses = {status for _, status in reached.answers.get(label, ()) if status < 400}
        for status in sorted(statuses):
            if str(status) not in operation["responses"]:
                yield f"undocumented {status} of {label}"


def _may_be_wrong(operation: Mapping[str, Any]) -> bool:
    """Whether anything can be sent that its schema forbids: any text is a right text."""
    schemas = [each["schema"] for each in operation.get("parameters", ())]
    return "requestBody" in operation or any(
        schema.get("type") != "string" or schema.keys() - {"type", "title", "default"}
        for schema in schemas
    )


def fuzz(
    tools: Path, url: str, scenes: Iterable[tuple[str, Scene]], *, examples: int
) -> Iterator[str]:
    """As who stands in each of the scenes, by name; a line a finding."""
    # The first who asks has it made, which takes longer than the fuzzer waits on a busy machine.
    document = httpx.get(f"{url}{API}/openapi.json", timeout=60).raise_for_status().json()
    left = set(operations(document))
    of = len(left)
    for who, scene in scenes:
        began = time.monotonic()
        report, reached = _run(tools, url, scene, who=who, examples=examples)
        print(reached.line(who=who, of=of, seconds=time.monotonic() - began), flush=True)
        left -= reached.by("positive", below=300)
        found = [*_judged(report), *missed(document, reached), *_over(url, scene)]
        yield from (f"schemathesis {each} as {who}" for each in found)
    print(f"· done by one of them: {of - len(left)} of {of}; never: {', '.join(sorted(left))}")


def _run(
    tools: Path, url: str, scene: Scene, *, who: str, examples: int
) -> tuple[dict[str, Any] | None, Reached]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told, report = folder / "told", folder / "report.json"
        told.touch()
        _start(tools, url, scene, folder=folder, who=who, examples=examples)
        return (
            json.loads(report.read_text()) if report.exists() else None,
            Reached.of(told.read_text().splitlines()),
        )


def _start(tools: Path, url: str, scene: Scene, *, folder: Path, who: str, examples: int) -> None:
    (folder / "schemathesis.toml").write_text(
        CONFIG.format(examples=examples, chains=examples * CHAINS_EACH)
    )
    (folder / "scene.json").write_text(json.dumps(_told_of(scene)))
    arguments = (
        *("--config-file", "schemathesis.toml", "run", f"{url}{API}/openapi.json"),
        *("--url", url, "--checks", ",".join(CHECKS), "--continue-on-failure"),
        *("--request-timeout", "60", "--report-json-path", "report.json", "--no-color"),
    )
    log_of = ROOT / ".tools" / f"schemathesis-{who}.log"
    # One that had to be stopped left no report, which is told.
    with log_of.open("w") as log, contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [str(tools / "schemathesis"), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=SECONDS_MAX,
            check=False,
            cwd=folder,
            env=os.environ
            | {
                "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py")),
                "AUDIT_SCENE": str(folder / "scene.json"),
                "AUDIT_TOLD": str(folder / "told"),
            },
        )


def _told_of(scene: Scene) -> dict[str, Any]:
    return {
        "known": scene.known,
        "authorization": scene.who and f"Bearer {scene.who.token}",
        "own_id": scene.who and str(scene.who.user_id),
        "spares": [f"Bearer {each.token}" for each in scene.spares],
        "ending": ENDING,
    }


def _judged(report: dict[str, Any] | None) -> Iterator[str]:
    """Its failures; and that it came to its end: a run that an error ended has none of them."""
    if report is None:
        yield "said nothing"
        return
    if not report["complete"]:
        yield f"stopped by {report['stop_reason']}"
    for error in report["errors"]:
        yield f"error {error['title']}"
    for failure in report["failures"]:
        for operation in failure["operations"]:
            yield f"{failure['type']} {operation}"


def _over(url: str, scene: Scene) -> Iterator[str]:
    """Who was shut out on the way was nobody from then on."""
    if scene.who is not None:
        path = f"{url}{API}/organizations"
        if httpx.get(path, headers=scene.who.headers, timeout=60).status_code != 200:
            yield "ended who asked"
