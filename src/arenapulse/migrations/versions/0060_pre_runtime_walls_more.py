"""The second wall around wait-lists, what signs passes, and charges; the audit log by who acted."""

from arenapulse.migrations.script import run, run_function

revision = "0060"
down_revision = "0059"

_OWN = "(SELECT sees_all()) OR organization_id = ANY ((SELECT seen_organizations())::UUID[])"
_WALLS = {
    "wait_list": f"{_OWN} OR user_id = (SELECT acting_id())",
    "pass_certificates": _OWN,
    "charges": f"""{_OWN} OR EXISTS (
      SELECT 1 FROM orders o WHERE o.id = order_id AND o.user_id = (SELECT acting_id()))""",
}


def upgrade() -> None:
    run_function("behind_walls")
    run_function("make_shadow")
    # What was settled before charges named their organization; the wall asks for it.
    run(
        "UPDATE charges c SET organization_id = e.organization_id "
        "FROM orders o JOIN events e ON e.id = o.event_id "
        "WHERE o.id = c.order_id AND c.organization_id <> e.organization_id"
    )
    for table, seen in _WALLS.items():
        run(f"CREATE POLICY wall ON {table} USING ({seen})")
        run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    # A batch of many buyers' orders leaves the charges of them all.
    run("CREATE POLICY added_by_all ON charges FOR INSERT WITH CHECK (TRUE)")
    run(
        "CREATE INDEX idx_audit_log_actor_id ON audit_log (actor_id, id DESC) "
        "WHERE actor_id IS NOT NULL"
    )
