"""Differences are looked at until they are mended or dismissed; disputes are asked after."""

from arenapulse.migrations.script import run, run_function

revision = "0098"
down_revision = "0097"


def upgrade() -> None:
    run(
        """
        ALTER TABLE payment_differences ADD COLUMN dismissed_at TIMESTAMPTZ,
          -- When an open one was last asked after at the vendor; below, too.
          ADD COLUMN looked_at TIMESTAMPTZ NOT NULL DEFAULT '-infinity';
        ALTER TABLE disputes ADD COLUMN looked_at TIMESTAMPTZ NOT NULL DEFAULT '-infinity';
        CREATE INDEX idx_disputes_open ON disputes (looked_at) WHERE status = 'OPEN';
        """
    )
    run_function("judge_intents")
    run(
        """
        CREATE TRIGGER dismissed_as_it_was BEFORE UPDATE OF ours, theirs ON payment_differences
          FOR EACH ROW WHEN ((OLD.ours, OLD.theirs) IS DISTINCT FROM (NEW.ours, NEW.theirs))
          EXECUTE FUNCTION on_difference_moved();
        """
    )
