"""Season tickets as they are offered."""

from arenapulse.migrations.script import run

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    run(
        """
        -- What a place of a level costs at each date of a series: [{priceLevel, amount}].
        CREATE TABLE season_offers (
          series_id UUID PRIMARY KEY REFERENCES events,
          levels JSONB NOT NULL CHECK (jsonb_typeof(levels) = 'array')
        );
        """
    )
