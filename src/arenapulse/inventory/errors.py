"""What inventory refuses."""

from __future__ import annotations

from arenapulse.core.errors import Invalid


class BelowTaken(Invalid):
    """The new capacity does not hold what is held and sold, or a seat to block is taken."""

    message = "Some places that you take off sale are held or sold already."
