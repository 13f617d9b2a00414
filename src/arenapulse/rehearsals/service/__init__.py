"""Rehearsals: asked for with rights, played on a shadow."""

from __future__ import annotations

from arenapulse.rehearsals.service.asking import ask, page, read, require_to_ask
from arenapulse.rehearsals.service.running import Rehearsing

__all__ = ["Rehearsing", "ask", "page", "read", "require_to_ask"]
