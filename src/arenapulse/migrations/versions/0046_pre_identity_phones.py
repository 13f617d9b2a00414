"""Identity: telephone numbers are sealed; `identity.seal_phones` brings over what is there.

The keys are no migration's: a worker seals what stands in clear, and empties that column.
"""

from arenapulse.migrations.script import run

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    run(
        """
        ALTER TABLE users ADD COLUMN phone_sealed BYTEA;
        CREATE INDEX idx_users_phone_in_clear ON users (id) WHERE phone_number IS NOT NULL;
        -- Who was invited before they had an account is told by address alone.
        CREATE INDEX idx_messages_by_address ON messages (recipient) WHERE user_id IS NULL;
        """
    )
