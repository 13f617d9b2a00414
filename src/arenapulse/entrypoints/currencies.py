"""Prints the web app's table of currencies: `python -m arenapulse.entrypoints.currencies`."""

from __future__ import annotations

import sys

from arenapulse.core.currencies import typescript

if __name__ == "__main__":
    sys.stdout.write(typescript())
