"""PostgreSQL and Valkey as our own children, for whoever brings no engines along."""

from __future__ import annotations

from arenapulse.runtime.engines.errors import EngineFailed
from arenapulse.runtime.engines.supervisor import Engines, EngineUrls, running_engines

__all__ = ["EngineFailed", "EngineUrls", "Engines", "running_engines"]
