"""Use cases of the gates slice."""

from __future__ import annotations

from arenapulse.gates.service import devices, rules, watching
from arenapulse.gates.service.manifests import Manifests
from arenapulse.gates.service.noting import note_changes

__all__ = ["Manifests", "devices", "note_changes", "rules", "watching"]
