"""The second wall around what holders answered: its organization, and who sees the order.

Code before this one asks for names at gates without saying who asks: for a week it sees them as
before. Who knows this wall says so with each connection.
"""

from arenapulse.migrations.script import run

revision = "0125"
down_revision = "0124"


def upgrade() -> None:
    run(
        """
        DO $$
        BEGIN
          EXECUTE format(
            'CREATE FUNCTION before_walls_of_answers() RETURNS BOOLEAN LANGUAGE sql STABLE AS $f$ '
            'SELECT coalesce(current_setting(''arenapulse.walled'', TRUE), ''on'') '
            'IN (''on'', ''0109'') AND now() < %L::TIMESTAMPTZ $f$',
            CASE WHEN EXISTS (SELECT 1 FROM orders) THEN now() + INTERVAL '7 days'
              ELSE '-infinity' END);
        END $$;
        -- The id is an order's, or that with a ticket's number in its last twelve bits; who sees
        -- the order, its own wall judges.
        CREATE POLICY wall ON ticket_answers USING (
          (SELECT sees_all()) OR organization_id = ANY ((SELECT seen_organizations())::UUID[])
          OR EXISTS (SELECT 1 FROM orders o
                     WHERE o.id = overlay(ticket_answers.id::TEXT PLACING '000' FROM 34)::UUID));
        CREATE POLICY while_released ON ticket_answers USING ((SELECT before_walls_of_answers()));
        ALTER TABLE ticket_answers ENABLE ROW LEVEL SECURITY;
        """
    )
