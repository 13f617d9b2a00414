"""A ticket may be held by somebody else than its order's buyer, and its codes have a version."""

from arenapulse.migrations.script import run, run_function

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run(
        """
        ALTER TABLE tickets
          -- Who was given it; NULL where it is the buyer's.
          ADD COLUMN holder_id UUID,
          -- The ticket it was made from when that was given away.
          ADD COLUMN from_number SMALLINT,
          -- Raised by a reissue: codes of the version before are dead.
          ADD COLUMN code_version SMALLINT NOT NULL DEFAULT 0;
        CREATE INDEX idx_tickets_holder_id ON tickets (holder_id) WHERE holder_id IS NOT NULL;
        """
    )
    for name in ("may_move", "move_orders", "release_places", "recount_places"):
        run_function(name)
