"""The second wall: what is an organization's own is shown to who acts for it, whatever is asked."""

from arenapulse.migrations.script import run, run_function

revision = "0053"
down_revision = "0052"

_THEIRS = "organization_id = ANY ((SELECT seen_organizations())::UUID[])"
_OWN = f"(SELECT sees_all()) OR {_THEIRS}"
# An order's: its event's organization sees it, or its buyer does too.
_OF_ORDER = """(SELECT sees_all()) OR EXISTS (
  SELECT 1 FROM orders o JOIN events e ON e.id = o.event_id
  WHERE o.id = order_id AND (e.organization_id = ANY ((SELECT seen_organizations())::UUID[]){}))"""
_OR_BUYER = " OR o.user_id = (SELECT acting_id())"

_WALLS = {
    **dict.fromkeys(
        (
            *("api_keys", "webhook_endpoints", "gate_devices", "campaigns"),
            *("ledger_entries", "disputes", "payment_wishes", "invoice_counters"),
        ),
        _OWN,
    ),
    # Whose endpoint it is, is judged by the endpoints' own wall.
    "webhook_deliveries": """(SELECT sees_all())
      OR endpoint_id IN (SELECT id FROM webhook_endpoints)""",
    "memberships": f"{_OWN} OR user_id = (SELECT acting_id())",
    "invitations": f"{_OWN} OR email = (SELECT acting_email())",
    "messages": f"{_OWN} OR user_id = (SELECT acting_id())",
    "audit_log": _OWN,
    "audit_seals": "(SELECT sees_all())",
    "payment_differences": "(SELECT sees_all())",
    "order_notes": _OF_ORDER.format(""),
    "order_activity": _OF_ORDER.format(_OR_BUYER),
    "refunds": _OF_ORDER.format(_OR_BUYER),
    "refund_tickets": _OF_ORDER.format(_OR_BUYER),
    "invoices": _OF_ORDER.format(_OR_BUYER),
}
# Written by anybody: who cannot sign in is noted, and told.
_ADDED_BY_ALL = ("audit_log", "messages")


def upgrade() -> None:
    run_function("walls")
    for table, seen in _WALLS.items():
        run(f"CREATE POLICY wall ON {table} USING ({seen})")
        if table in _ADDED_BY_ALL:
            run(f"CREATE POLICY added_by_all ON {table} FOR INSERT WITH CHECK (TRUE)")
        run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    # What writes or looks behind a table runs as who owns them all.
    for name in ("check_in", "ledger", "issue_invoice"):
        run_function(name)
    run("ALTER FUNCTION webhooks_tell_flipped() SECURITY DEFINER SET search_path = public, pg_temp")
