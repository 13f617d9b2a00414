"""Compiles the mails' MJML layout; run by `make mail`, and a test holds that it was run."""

from __future__ import annotations

import sys
from pathlib import Path

import mrml

FOLDER = Path(__file__).resolve().parents[1] / "src/arenapulse/notifications/templates"


def compiled() -> str:
    """The layout as HTML; its `{{ … }}` are filled for each mail."""
    made = mrml.to_html((FOLDER / "layout.mjml").read_text())
    assert not made.warnings, made.warnings
    return f"{made.content}\n"


def main() -> None:
    (FOLDER / "layout.html").write_text(compiled())
    sys.stdout.write("compiled layout.html\n")


if __name__ == "__main__":
    main()
