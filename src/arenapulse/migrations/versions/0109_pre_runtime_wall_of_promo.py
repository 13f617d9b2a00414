"""The second wall around promo codes and an organization's own words.

What everybody may know of codes are functions (`promo_seen.sql`). The code before this one asks
the tables themselves, as whoever looks at an event, and would then take hidden prices for open
ones: for a week it sees them as before. Who knows these walls says so with each connection.
"""

from arenapulse.migrations.script import run, run_function

revision = "0109"
down_revision = "0108"

_THEIRS = "organization_id = ANY ((SELECT seen_organizations())::UUID[])"
_WALLS = {
    "promo_codes": f"""(SELECT sees_all()) OR EXISTS (
      SELECT 1 FROM events e WHERE e.id = event_id AND e.{_THEIRS})""",
    # Whose code it is, is judged by the codes' own wall.
    "promo_people": "(SELECT sees_all()) OR promo_id IN (SELECT id FROM promo_codes)",
    "template_overrides": f"(SELECT sees_all()) OR {_THEIRS}",
}


def upgrade() -> None:
    run_function("promo_seen")
    run_function("make_shadow")
    run(
        """
        DO $$
        BEGIN
          EXECUTE format(
            'CREATE FUNCTION before_walls_of_promo() RETURNS BOOLEAN LANGUAGE sql STABLE AS $f$ '
            'SELECT coalesce(current_setting(''arenapulse.walled'', TRUE), ''on'') = ''on'' '
            'AND now() < %L::TIMESTAMPTZ $f$',
            CASE WHEN EXISTS (SELECT 1 FROM orders) THEN now() + INTERVAL '7 days'
              ELSE '-infinity' END);
        END $$;
        """
    )
    for table, seen in _WALLS.items():
        run(
            f"""
            CREATE POLICY wall ON {table} USING ({seen});
            CREATE POLICY while_released ON {table} USING ((SELECT before_walls_of_promo()));
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            """
        )
