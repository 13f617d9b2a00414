"""Messages are due work of four lanes: by mail or text, to one person or as a campaign."""

from arenapulse.migrations.script import run

revision = "0063"
down_revision = "0062"

# As `notifications/service/sending.py` has them.
_LANES = {
    "mails": "channel = 'EMAIL' AND priority = 0",
    "mail_campaigns": "channel = 'EMAIL' AND priority = 1",
    "texts": "channel = 'SMS' AND priority = 0",
    "text_campaigns": "channel = 'SMS' AND priority = 1",
}
_NOBODY = "'00000000-0000-0000-0000-000000000000'::UUID"


def upgrade() -> None:
    run(
        """
        ALTER TABLE messages
          ADD COLUMN taken_by UUID,
          ADD COLUMN stuck_at TIMESTAMPTZ,
          ADD COLUMN stuck_why TEXT;
        CREATE INDEX idx_messages_taken ON messages (taken_by)
          WHERE taken_by IS NOT NULL AND due_at IS NOT NULL;
        CREATE INDEX idx_messages_stuck ON messages (stuck_at) WHERE stuck_at IS NOT NULL;
        """
    )
    for lane, part in _LANES.items():
        run(
            f"CREATE INDEX idx_messages_due_{lane}"
            f" ON messages ((coalesce(organization_id, {_NOBODY})), due_at)"
            " WHERE due_at IS NOT NULL AND taken_by IS NULL AND stuck_at IS NULL"
            f" AND {part}"
        )
