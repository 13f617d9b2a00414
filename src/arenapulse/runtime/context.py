"""What one process holds: settings, engines, keys. Made once by an entrypoint."""

from __future__ import annotations

from dataclasses import dataclass

from arenapulse.core.settings import Settings
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database
from arenapulse.runtime.ratelimit import RateLimiter
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.redis import Redis


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    database: Database
    reads: Reads
    redis: Redis
    cache: Cache
    keyring: Keyring
    limiter: RateLimiter
