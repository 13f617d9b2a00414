"""`arenapulse keys`: what former root secrets sealed is sealed anew; a new one is wrapped."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from arenapulse.core.settings import Settings
from arenapulse.identity.service.sealing import seal_phones
from arenapulse.notifications.service.sealing import seal_numbers
from arenapulse.runtime import log
from arenapulse.runtime.resealing import reseal
from arenapulse.runtime.vault import Vault, VaultRefuses, wrapped
from arenapulse.wiring import opened
from arenapulse.wiring.sealed import COLUMNS

SECRET_BYTES = 48


async def rotate(settings: Settings) -> None:
    """While the service runs; interrupted, it goes on where it was. A line a column."""
    log.configure(settings)
    async with opened(settings) as runtime:
        fresh = await seal_phones(runtime.database) + await seal_numbers(runtime.database)
        moved = await reseal(runtime.database, keyring=runtime.keyring, columns=COLUMNS)
        print(f"sealed by {runtime.keyring.key_id}:", flush=True)
        for name, count in moved.items():
            print(f"  {name}: {count}", flush=True)
        if fresh:
            print(f"  numbers that stood in clear: {fresh}", flush=True)


def wrap(vault: Callable[[], Vault], *, key_id: str, say: Callable[[str], None]) -> int:
    """Prints a new root secret as only the key service can read it: nobody has seen it."""
    try:
        made = wrapped(secrets.token_urlsafe(SECRET_BYTES), key_id=key_id, vault=vault())
    except VaultRefuses as refusal:
        say(str(refusal))
        return 1
    print(f"ARENAPULSE_SECRET={made}", flush=True)
    return 0
