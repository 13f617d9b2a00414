"""Use cases of the tickets slice."""

from __future__ import annotations

from arenapulse.tickets.service.coding import code, reissue, wallet
from arenapulse.tickets.service.keys import Keyrack
from arenapulse.tickets.service.printing import pdf
from arenapulse.tickets.service.transferring import (
    Courier,
    PersonalTransfers,
    accept,
    offer,
    waiting,
    withdraw,
)

__all__ = [
    "Courier",
    "Keyrack",
    "PersonalTransfers",
    "accept",
    "code",
    "offer",
    "pdf",
    "reissue",
    "waiting",
    "wallet",
    "withdraw",
]
