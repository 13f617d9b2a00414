"""Computes a draw again, by the standard library alone, as docs/explanation/waiting-room.md says.

    python bench/verify_draw.py SEAL SEED TICKETS PLACES

SEAL and SEED in hex, TICKETS the published list; writes the place of each ticket, four bytes each,
the least significant first. Exit 1 where the seed is not the one that was sealed.
"""

import hashlib
import hmac
import struct
import sys
from pathlib import Path


def main(seal: str, seed: str, tickets: str, places: str) -> int:
    opened = bytes.fromhex(seed)
    if hashlib.sha256(opened).hexdigest() != seal:
        print("the seed is not the one that was sealed", file=sys.stderr)
        return 1
    listed = Path(tickets).read_bytes()
    said = b"arenapulse draw 1" + b"\x00" + hashlib.sha256(listed).digest()
    key = hmac.new(opened, said, "sha256").digest()
    lots = sorted(
        (hmac.digest(key, listed[at : at + 16], "sha256"), at // 16)
        for at in range(0, len(listed), 16)
    )
    found = [0] * len(lots)
    for place, (_, index) in enumerate(lots, 1):
        found[index] = place
    Path(places).write_bytes(struct.pack(f"<{len(found)}I", *found))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
