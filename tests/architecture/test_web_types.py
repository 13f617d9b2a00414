"""The web app's types are those of the OpenAPI document of this commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
GENERATED = WEB / "src/shared/api/schema.gen.ts"
GENERATOR = WEB / "node_modules/.bin/openapi-typescript"


def test_the_generated_types_are_fresh(tmp_path: Path) -> None:
    assert GENERATOR.exists(), "run `make setup`: the web packages are missing"
    document, made = tmp_path / "openapi.json", tmp_path / "schema.gen.ts"
    told = subprocess.run(
        [sys.executable, "-m", "arenapulse", "openapi"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    document.write_bytes(told.stdout)
    subprocess.run(
        [GENERATOR, document, "--default-non-nullable", "false", "-o", made],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert made.read_text() == GENERATED.read_text(), "run `make types` and commit the result"
