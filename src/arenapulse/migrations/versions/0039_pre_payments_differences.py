"""What the vendor's books and ours say differently."""

from arenapulse.migrations.script import run, run_function

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    run(
        """
        CREATE TABLE payment_differences (
          intent_id TEXT NOT NULL,
          kind TEXT NOT NULL,
          order_id UUID,
          ours TEXT NOT NULL,
          theirs TEXT NOT NULL,
          found_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (intent_id, kind)
        );
        CREATE INDEX idx_payment_differences_found_at ON payment_differences (found_at);
        CREATE INDEX idx_charges_created_at ON charges (created_at) WHERE intent_id IS NOT NULL;
        """
    )
    run_function("judge_intents")
