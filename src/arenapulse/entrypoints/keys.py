"""`arenapulse keys rotate`: what former root secrets sealed is sealed by the present one."""

from __future__ import annotations

from arenapulse.core.settings import Settings
from arenapulse.identity.service.sealing import seal_phones
from arenapulse.runtime import log
from arenapulse.runtime.resealing import reseal
from arenapulse.wiring import opened
from arenapulse.wiring.sealed import COLUMNS


async def rotate(settings: Settings) -> None:
    """While the service runs; interrupted, it goes on where it was. A line a column."""
    log.configure(settings)
    async with opened(settings) as runtime:
        fresh = await seal_phones(runtime.database)
        moved = await reseal(runtime.database, keyring=runtime.keyring, columns=COLUMNS)
        print(f"sealed by {runtime.keyring.key_id}:", flush=True)
        for name, count in moved.items():
            print(f"  {name}: {count}", flush=True)
        if fresh:
            print(f"  numbers that stood in clear: {fresh}", flush=True)
