"""Notifications: messages, their vendors' news, addresses that get none, the twins' memory."""

from arenapulse.migrations.script import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run(
        """
        CREATE TYPE message_channel AS ENUM ('EMAIL', 'SMS');
        CREATE TYPE message_status AS ENUM (
          'QUEUED', 'SENT', 'DELIVERED', 'OPENED', 'FAILED', 'BOUNCED', 'COMPLAINED', 'SUPPRESSED'
        );
        CREATE TABLE messages (
          id UUID PRIMARY KEY,
          -- Whoever says it twice has said it once.
          key TEXT NOT NULL UNIQUE CHECK (length(key) <= 200),
          channel message_channel NOT NULL,
          template TEXT NOT NULL,
          locale TEXT NOT NULL,
          -- Empty once the person is forgotten.
          recipient TEXT NOT NULL,
          name TEXT NOT NULL,
          -- No foreign keys: what was told outlives accounts and events.
          user_id UUID,
          organization_id UUID,
          event_id UUID,
          order_id UUID,
          campaign_id UUID,
          priority SMALLINT NOT NULL,
          content JSONB NOT NULL,
          -- Values with a token in them, encrypted, and gone once they are sent.
          sealed BYTEA,
          status message_status NOT NULL DEFAULT 'QUEUED',
          vendor TEXT,
          vendor_id TEXT,
          tries INTEGER NOT NULL DEFAULT 0,
          due_at TIMESTAMPTZ,
          -- Since when nobody knows whether the vendor took it.
          doubt_at TIMESTAMPTZ,
          segments SMALLINT,
          error_code TEXT,
          created_at TIMESTAMPTZ NOT NULL,
          sent_at TIMESTAMPTZ,
          updated_at TIMESTAMPTZ NOT NULL,
          CONSTRAINT waiting_is_due CHECK ((due_at IS NULL) = (status <> 'QUEUED')),
          CONSTRAINT somebody_is_told CHECK (recipient <> '' OR status <> 'QUEUED')
        ) WITH (fillfactor = 85);
        CREATE INDEX idx_messages_due ON messages (priority, due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX idx_messages_order_id ON messages (order_id, id) WHERE order_id IS NOT NULL;
        CREATE INDEX idx_messages_user_id ON messages (user_id) WHERE user_id IS NOT NULL;
        CREATE INDEX idx_messages_recipient ON messages (recipient, organization_id);
        CREATE INDEX idx_messages_vendor_id ON messages (vendor_id) WHERE vendor_id IS NOT NULL;
        CREATE INDEX idx_messages_campaign_id ON messages (campaign_id, status)
          WHERE campaign_id IS NOT NULL;

        -- Each piece of news once.
        CREATE TABLE message_news (
          vendor TEXT NOT NULL,
          event_key TEXT NOT NULL,
          message_id UUID NOT NULL REFERENCES messages ON DELETE CASCADE,
          status message_status NOT NULL,
          at TIMESTAMPTZ NOT NULL,
          received_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (vendor, event_key)
        );
        CREATE INDEX idx_message_news_message_id ON message_news (message_id, at);
        CREATE INDEX idx_message_news_received_at ON message_news (received_at);

        CREATE TABLE suppressions (
          id UUID PRIMARY KEY,
          channel message_channel NOT NULL,
          address TEXT NOT NULL,
          reason TEXT NOT NULL CHECK (reason IN ('BOUNCE', 'COMPLAINT', 'STOPPED')),
          message_id UUID,
          created_at TIMESTAMPTZ NOT NULL,
          -- From then on it is none; the row stays until the vendor knows it too.
          lifted_at TIMESTAMPTZ,
          UNIQUE (channel, address)
        );

        -- An organization's own words, every version of them.
        CREATE TABLE template_overrides (
          organization_id UUID NOT NULL,
          template TEXT NOT NULL,
          locale TEXT NOT NULL,
          version INTEGER NOT NULL CHECK (version > 0),
          subject TEXT,
          paragraphs TEXT[],
          is_active BOOLEAN NOT NULL,
          written_by UUID,
          created_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (organization_id, template, locale, version)
        );
        CREATE UNIQUE INDEX idx_template_overrides_active
          ON template_overrides (organization_id, template, locale) WHERE is_active;

        -- What the twins of SendGrid and Twilio took.
        CREATE TABLE sandbox_messages (
          number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          id UUID NOT NULL UNIQUE,
          vendor TEXT NOT NULL,
          vendor_id TEXT NOT NULL UNIQUE,
          message_id UUID,
          recipient TEXT NOT NULL,
          template TEXT NOT NULL,
          subject TEXT NOT NULL,
          body TEXT NOT NULL,
          html TEXT NOT NULL,
          headers JSONB NOT NULL,
          taken_at TIMESTAMPTZ NOT NULL
        );
        CREATE INDEX idx_sandbox_messages_recipient ON sandbox_messages (recipient, number);
        CREATE INDEX idx_sandbox_messages_message_id ON sandbox_messages (message_id);
        -- Addresses that the twin, like SendGrid, drops from then on.
        CREATE TABLE sandbox_blocks (
          kind TEXT NOT NULL,
          recipient TEXT NOT NULL,
          PRIMARY KEY (kind, recipient)
        );
        """
    )
