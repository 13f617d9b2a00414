"""The code before the walls of 0071 to 0073 sees orders as before, for a week after a release.

Servers of a version that knows these walls say `arenapulse.walled` with each connection, and the
walls stand for them at once. The others run beside the migrated database, or come back where a
release is taken back. Where nothing was sold yet, none are there.
"""

from arenapulse.migrations.script import run

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    run(
        """
        DO $$
        BEGIN
          EXECUTE format(
            'CREATE FUNCTION before_walls() RETURNS BOOLEAN LANGUAGE sql STABLE AS $f$ '
            'SELECT current_setting(''arenapulse.walled'', TRUE) IS NULL '
            'AND now() < %L::TIMESTAMPTZ $f$',
            CASE WHEN EXISTS (SELECT 1 FROM orders) THEN now() + INTERVAL '7 days'
              ELSE '-infinity' END);
        END $$;
        -- Its name comes after the wall's, and so it is asked of what the wall does not show.
        CREATE POLICY while_released ON orders USING ((SELECT before_walls()));
        """
    )
