"""Blocking SDKs in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from arenapulse.runtime import tracing
from arenapulse.runtime.db import forbid_in_transaction

T = TypeVar("T")

CALLS_MAX: Final = 64
CALL_SECONDS: Final = 10.0

# At their lower levels they write whole requests: addresses, numbers, keys.
_TALKATIVE: Final = ("python_http_client", "sendgrid", "twilio", "urllib3", "aiosmtplib")


class Threads:
    """At most `CALLS_MAX` calls of one vendor at a time; each call ends by its own time-out."""

    def __init__(self, name: str) -> None:
        for logger in _TALKATIVE:
            logging.getLogger(logger).setLevel(logging.CRITICAL)
        self._name = name
        self._pool = ThreadPoolExecutor(max_workers=CALLS_MAX, thread_name_prefix=name)

    async def run(self, call: Callable[[], T]) -> T:
        forbid_in_transaction(self._name)
        with tracing.part("vendor", attributes={"vendor": self._name}, is_call=True):
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
