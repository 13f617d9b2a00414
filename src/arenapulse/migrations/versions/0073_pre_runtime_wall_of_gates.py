"""The second wall around who went in, and around what is offered to whom."""

from arenapulse.migrations.script import run

revision = "0073"
down_revision = "0072"

_ORGANIZATION = """EXISTS (SELECT 1 FROM events e WHERE e.id = event_id
  AND e.organization_id = ANY ((SELECT seen_organizations())::UUID[]))"""


def upgrade() -> None:
    for table in ("checkins", "presences"):
        run(
            f"""
            CREATE POLICY wall ON {table} USING ((SELECT sees_all()) OR {_ORGANIZATION});
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            """
        )
    # Who takes one is known by the link that came by mail: the service looks for them.
    run(
        """
        CREATE POLICY wall ON ticket_transfers USING (
          giver_id = (SELECT acting_id()) OR recipient_id = (SELECT acting_id())
          OR (SELECT sees_all()));
        ALTER TABLE ticket_transfers ENABLE ROW LEVEL SECURITY;
        """
    )
