"""What is refused of flags."""

from __future__ import annotations

from arenapulse.core.errors import Refusal


class TooManyFlags(Refusal):
    code, status, message = "CONFLICT003", 409, "There are as many flags as there may be."
