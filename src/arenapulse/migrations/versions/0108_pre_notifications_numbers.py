"""Notifications: telephone numbers are sealed; a worker brings over what is there.

The keys are no migration's: a worker seals what stands in clear, and puts an index in its place.
"""

from arenapulse.migrations.script import run

revision = "0108"
down_revision = "0107"

_NOBODY = "'00000000-0000-0000-0000-000000000000'::UUID"


def upgrade() -> None:
    run(
        """
        ALTER TABLE messages ADD COLUMN recipient_sealed BYTEA;
        ALTER TABLE suppressions ADD COLUMN address_sealed BYTEA;
        COMMENT ON COLUMN messages.recipient IS
          'A mail address; of a text message the blind index of its number. Empty once forgotten.';
        COMMENT ON COLUMN suppressions.address IS
          'A mail address; of text messages the blind index of a number.';
        CREATE INDEX idx_messages_numbers_in_clear ON messages (id)
          WHERE channel = 'SMS' AND recipient <> '' AND recipient_sealed IS NULL;
        """
    )
    # Their lanes besides those of before, which code of before goes on with until it is gone.
    for name, lanes in (("texts", "0, 2"), ("text_campaigns", "1, 3")):
        run(
            f"CREATE INDEX idx_messages_due_sealed_{name}"
            f" ON messages ((coalesce(organization_id, {_NOBODY})), due_at)"
            " WHERE due_at IS NOT NULL AND taken_by IS NULL AND stuck_at IS NULL"
            f" AND channel = 'SMS' AND priority IN ({lanes})"
        )
