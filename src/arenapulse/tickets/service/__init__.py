"""Use cases of the tickets slice."""

from __future__ import annotations

from arenapulse.tickets.service.certificates import (
    PassOffice,
    certificates,
    require_owner,
    set_certificates,
)
from arenapulse.tickets.service.coding import code, reissue, wallet
from arenapulse.tickets.service.keys import Codes, Keyrack
from arenapulse.tickets.service.passing import apple_pass, google_pass, passes
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
    "Codes",
    "Courier",
    "Keyrack",
    "PassOffice",
    "PersonalTransfers",
    "accept",
    "apple_pass",
    "certificates",
    "code",
    "google_pass",
    "offer",
    "passes",
    "pdf",
    "reissue",
    "require_owner",
    "set_certificates",
    "waiting",
    "wallet",
    "withdraw",
]
