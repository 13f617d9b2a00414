"""Notifications: telephone numbers are sealed; a worker brings over what is there.

The keys are no migration's: a worker seals what stands in clear, and puts an index in its place.
"""

from arenapulse.migrations.script import run

revision = "0108"
down_revision = "0107"


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
