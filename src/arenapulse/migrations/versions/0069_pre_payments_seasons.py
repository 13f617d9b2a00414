"""A charge may carry those of other orders: a season ticket is paid once."""

from arenapulse.migrations.script import run, run_function

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    run(
        """
        -- `carried`: what it takes for other orders beside its own; theirs name it as `carrier_id`.
        ALTER TABLE charges
          ADD COLUMN carrier_id UUID,
          ADD COLUMN carried BIGINT NOT NULL DEFAULT 0 CHECK (carried >= 0),
          ADD CONSTRAINT carries_or_is_carried CHECK (carrier_id IS NULL OR carried = 0);
        CREATE INDEX idx_charges_carrier_id ON charges (carrier_id) WHERE carrier_id IS NOT NULL;
        """
    )
    for name in ("season_charges", "judge_intents", "judge_balance"):
        run_function(name)
    run(
        """
        CREATE TRIGGER charges_are_carried AFTER UPDATE OF status ON charges
          FOR EACH ROW WHEN (NEW.carried > 0 AND NEW.status <> OLD.status)
          EXECUTE FUNCTION carry_charges();
        """
    )
