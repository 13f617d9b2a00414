"""The second wall around an organization's rehearsals and figures: who looked, and bought then.

Code that does not know these walls sees as before for as long as that of 0109 does. Where the
counts by the minute lie in TimescaleDB they stay bare: it sums up no table that has a policy.
"""

from arenapulse.migrations.script import run

revision = "0115"
down_revision = "0114"

_THEIRS = "organization_id = ANY ((SELECT seen_organizations())::UUID[])"
_SEEN = f"""(SELECT sees_all()) OR EXISTS (
  SELECT 1 FROM events e WHERE e.id = event_id AND e.{_THEIRS})"""
_TABLES = ("analytics_totals", "analytics_sessions", "analytics_sources", "analytics_orders")


def upgrade() -> None:
    for table in _TABLES:
        run(_wall(table))
    run(_wall("rehearsals", seen=f"(SELECT sees_all()) OR {_THEIRS}"))
    run(
        f"""
        DO $$ BEGIN
          IF analytics_storage() = 'plain' THEN
            {_wall("analytics_minutes")}
            -- By the walls of who reads it, and not of who made it.
            ALTER VIEW analytics_hours SET (security_invoker = TRUE);
          END IF;
        END $$;
        """
    )


def _wall(table: str, *, seen: str = _SEEN) -> str:
    return f"""
        CREATE POLICY wall ON {table} USING ({seen});
        CREATE POLICY while_released ON {table} USING ((SELECT before_walls_of_promo()));
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        """
