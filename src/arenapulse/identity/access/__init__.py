"""Who is behind a request or a socket, and in what role."""

from arenapulse.identity.access.deps import (
    SignedIn,
    Visitor,
    access_of,
    authorization,
    require_role,
    show_rate,
)
from arenapulse.identity.access.verifier import Access

__all__ = [
    "Access",
    "SignedIn",
    "Visitor",
    "access_of",
    "authorization",
    "require_role",
    "show_rate",
]
