"""A new date gives buyers two weeks in which all of a ticket goes back."""

from arenapulse.migrations.script import run

revision = "0099"
down_revision = "0098"


def upgrade() -> None:
    run(
        """
        ALTER TABLE refund_policies ADD COLUMN date_changed_at TIMESTAMPTZ,
          ALTER COLUMN tiers SET DEFAULT '[]';
        """
    )
