"""Messages: fewer indexes to write with each step of a mail, and news that is kept cheaply."""

from arenapulse.migrations.script import run

revision = "0086"
down_revision = "0085"


def upgrade() -> None:
    run(
        """
        -- Without the status, which changes with each piece of news: then none is written. First,
        -- while who reads goes on.
        CREATE INDEX idx_messages_campaign ON messages (campaign_id) WHERE campaign_id IS NOT NULL;
        -- By none of these is anything looked for: lanes, and the address with its organization,
        -- have indexes of their own.
        DROP INDEX idx_messages_due, idx_messages_vendor_id, idx_messages_by_address;
        DROP INDEX idx_messages_campaign_id;
        ALTER INDEX idx_messages_campaign RENAME TO idx_messages_campaign_id;
        -- No message is ever deleted, and each is locked while its news is written down: there is
        -- nothing that a foreign key would still find, and it asked for each piece.
        ALTER TABLE message_news DROP CONSTRAINT message_news_message_id_fkey;
        DROP INDEX idx_message_news_message_id, idx_message_news_received_at;
        -- It comes in the order of its time, and is only purged by it.
        CREATE INDEX idx_message_news_received_at ON message_news USING brin (received_at);
        """
    )
