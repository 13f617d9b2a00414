"""Analytics: counts by the hour, and days that lie in columns where TimescaleDB is."""

from arenapulse.migrations.script import run, run_function

revision = "0083"
down_revision = "0082"


def upgrade() -> None:
    # A continuous aggregate of the same columns takes its place where the tables are lifted.
    run(
        """
        CREATE VIEW analytics_hours AS
          SELECT m.event_id, m.type, date_trunc('hour', m.minute, 'UTC') AS hour,
                 sum(m.count)::BIGINT AS count, sum(m.sessions)::BIGINT AS sessions
            FROM analytics_minutes m
            GROUP BY 1, 2, 3
        """
    )
    for name in ("analytics_storage", "analytics_days"):
        run_function(name)
