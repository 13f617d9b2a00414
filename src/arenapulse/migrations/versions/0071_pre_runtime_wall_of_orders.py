"""The second wall around orders: their buyer, their event's organization, the house."""

from arenapulse.migrations.script import run

revision = "0071"
down_revision = "0070"

_ORGANIZATION = """EXISTS (SELECT 1 FROM events e WHERE e.id = event_id
  AND e.organization_id = ANY ((SELECT seen_organizations())::UUID[]))"""


def upgrade() -> None:
    run(
        f"""
        CREATE POLICY wall ON orders USING (
          user_id = (SELECT acting_id()) OR (SELECT sees_all()) OR {_ORGANIZATION});
        -- Whoever was given one of its tickets reads it, and changes nothing of it.
        CREATE POLICY held ON orders FOR SELECT USING (id IN (SELECT held_orders()));
        ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
        """
    )
