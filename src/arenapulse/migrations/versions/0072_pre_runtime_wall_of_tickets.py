"""The second wall around tickets: their holder, their buyer, the organization, the house."""

from arenapulse.migrations.script import run

revision = "0072"
down_revision = "0071"

_ORGANIZATION = """EXISTS (SELECT 1 FROM events e WHERE e.id = event_id
  AND e.organization_id = ANY ((SELECT seen_organizations())::UUID[]))"""


def upgrade() -> None:
    run(
        f"""
        CREATE POLICY wall ON tickets USING (
          holder_id = (SELECT acting_id()) OR (SELECT sees_all()) OR {_ORGANIZATION}
          OR EXISTS (SELECT 1 FROM orders o
                     WHERE o.id = order_id AND o.user_id = (SELECT acting_id())));
        ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
        """
    )
