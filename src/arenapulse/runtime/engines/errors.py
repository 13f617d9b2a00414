"""The one refusal of the engines."""

from __future__ import annotations


class EngineFailed(Exception):
    """An engine cannot run; the message is the single line that the operator reads."""
