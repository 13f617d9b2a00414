"""Whom a process tells of itself beside `/metrics`: traces by OTLP, figures by DogStatsD.

Their libraries load where somebody is told: each costs a process's start a tenth of a second.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Generator
from typing import Any

from arenapulse.core.settings import Settings


def _module(name: str) -> Any:
    return importlib.import_module(f"arenapulse.runtime.{name}")


@contextlib.contextmanager
def telling(settings: Settings, *, service: str, process: int = 0) -> Generator[None, None, None]:
    """While it is open; nothing where nobody is named. `process` is which of several it is."""
    environment = settings.environment.value
    with contextlib.ExitStack() as opened:
        if settings.otlp_url is not None:
            opened.enter_context(
                _module("otlp").traced(
                    settings.otlp_url,
                    service=service,
                    environment=environment,
                    ratio=settings.trace_ratio,
                )
            )
        if settings.dogstatsd is not None:
            opened.enter_context(
                _module("dogstatsd").told(
                    settings.dogstatsd,
                    service=service,
                    environment=environment,
                    process=process,
                )
            )
        yield
