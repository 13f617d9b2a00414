"""Analytics: an event's minutes are read from an index, not from a page of the table each.

Minutes are written as they come, so those of one event lie among the others': its month was as many
pages as minutes. What changes is the minute of now, by a handful of rows a batch.
"""

from __future__ import annotations

from alembic import op

from arenapulse.migrations.run import LOCK_TIMEOUT, STATEMENT_TIMEOUT
from arenapulse.migrations.script import run

revision = "0119"
down_revision = "0118"

_INDEX = "idx_analytics_minutes_counted"
_ON = f"{_INDEX} ON analytics_minutes (event_id, type, minute) INCLUDE (count)"


def upgrade() -> None:
    is_lifted = op.get_bind().exec_driver_sql("SELECT analytics_storage()").scalar() != "plain"
    if is_lifted:
        # Hypertables know no other way; a chunk of a month is soon done.
        run(f"CREATE INDEX IF NOT EXISTS {_ON}")
    else:
        _beside_the_intake()
        # Of one length in UTC: to bin costs less than to truncate in a time zone.
        run(
            """
            CREATE OR REPLACE VIEW analytics_hours WITH (security_invoker = TRUE) AS
              SELECT m.event_id, m.type,
                     date_bin(INTERVAL '1 hour', m.minute, TIMESTAMPTZ '2000-01-01 00:00Z') AS hour,
                     sum(m.count)::BIGINT AS count, sum(m.sessions)::BIGINT AS sessions
                FROM analytics_minutes m
                GROUP BY 1, 2, 3
            """
        )
    # Only what a vacuum has seen is read from the index alone.
    run(
        """
        ALTER TABLE analytics_minutes SET (
          autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000)
        """
    )


def _beside_the_intake() -> None:
    """However many minutes there are; one that was cut off before is begun anew."""
    with op.get_context().autocommit_block():
        run("SET statement_timeout = 0")
        run("SET lock_timeout = 0")
        run(f"DROP INDEX CONCURRENTLY IF EXISTS {_INDEX}")
        run(f"CREATE INDEX CONCURRENTLY {_ON}")
        run(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        run(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
