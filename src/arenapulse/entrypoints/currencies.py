"""Prints the web app's tables of currencies: `python -m arenapulse.entrypoints.currencies`.

The unusual minor units, or with `codes` the codes of all.
"""

from __future__ import annotations

import sys

from arenapulse.core.currencies import typescript, typescript_codes

if __name__ == "__main__":
    sys.stdout.write(typescript_codes() if sys.argv[1:] == ["codes"] else typescript())
