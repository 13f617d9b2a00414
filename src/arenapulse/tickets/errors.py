"""What the tickets slice refuses; that there is no such ticket, orders says."""

from __future__ import annotations

from arenapulse.core.errors import Refusal


class TicketStateForbids(Refusal):
    code, status, message = "TICKET004", 409, "The state of this ticket does not allow it."
