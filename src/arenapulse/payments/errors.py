"""What the payments slice refuses."""

from __future__ import annotations

from arenapulse.core.errors import Refusal


class BadSignature(Refusal):
    code, status, message = "PAY002", 400, "The signature of this webhook is not valid."
