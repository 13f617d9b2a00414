"""Charts with geometry, drawn once. A chart without is drawn when it is read, as before."""

from arenapulse.migrations.script import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run(
        """
        ALTER TABLE venue_charts
          ADD COLUMN name TEXT,
          ADD COLUMN geometry JSONB,
          -- The answer of GET /venues/{id}/charts/{chartId}, gzipped: never worked out again.
          ADD COLUMN drawn BYTEA;
        ALTER TABLE venue_charts ALTER COLUMN drawn SET STORAGE EXTERNAL;
        """
    )
