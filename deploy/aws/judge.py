"""Whether the service would start with what its containers are told: `python judge.py TEMPLATE`.

A secret stands for one as long as it will be; what only CloudFormation knows, for some word.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.production import production_refusals

SOME_SECRET = "0123456789abcdefghijklmnopqrstuv"  # noqa: S105 - nobody's
SOME_SEARCH = "opensearch+https://somebody:secret@search.example:443"
SERVICES = {"Api", "Realtime", "Worker"}


def main(path: str) -> int:
    resources = json.loads(Path(path).read_text())["Resources"]
    judged: set[str] = set()
    wrong: list[str] = []
    for each in resources.values():
        if each["Type"] != "AWS::ECS::TaskDefinition":
            continue
        for container in each["Properties"]["ContainerDefinitions"]:
            name = container["Name"]
            if name not in SERVICES:
                continue
            judged.add(name)
            os.environ |= {"ARENAPULSE_ENV": "production"}
            os.environ |= {one["Name"]: SOME_SECRET for one in container["Secrets"]}
            os.environ |= {"ARENAPULSE_SEARCH_URL": SOME_SEARCH}
            os.environ |= {one["Name"]: _text(one) for one in container["Environment"]}
            settings = Settings()
            wrong += [f"{name}: {refusal}" for refusal in production_refusals(settings)]
            if container["StopTimeout"] < settings.drain_seconds + 5:
                wrong.append(f"{name} is killed while sockets are sent away")
    if judged != SERVICES:
        wrong.append(f"judged {sorted(judged)}")
    for line in wrong:
        print(f"✗ {line}", file=sys.stderr)
    return 1 if wrong else 0


def _text(variable: dict[str, Any]) -> str:
    value = variable["Value"]
    return value if isinstance(value, str) else "10.0.0.0"


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
