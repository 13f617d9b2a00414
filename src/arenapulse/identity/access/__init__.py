"""Who is behind a request or a socket, and in what role."""

from arenapulse.identity.access.deps import (
    Guest,
    Holder,
    SignedIn,
    SignedInPerson,
    Visitor,
    access_of,
    authorization,
    require_role,
    show_rate,
)
from arenapulse.identity.access.signing import Signing, SigningDep
from arenapulse.identity.access.step_up import StepUp, StepUpDep
from arenapulse.identity.access.verifier import Access

__all__ = [
    "Access",
    "Guest",
    "Holder",
    "SignedIn",
    "SignedInPerson",
    "Signing",
    "SigningDep",
    "StepUp",
    "StepUpDep",
    "Visitor",
    "access_of",
    "authorization",
    "require_role",
    "show_rate",
]
