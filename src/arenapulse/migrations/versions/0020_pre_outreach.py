"""Outreach: campaigns, and who agreed to an organization's news."""

from arenapulse.migrations.script import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run(
        """
        CREATE TABLE campaigns (
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          template TEXT NOT NULL,
          content JSONB NOT NULL,
          segment JSONB NOT NULL,
          channels TEXT[] NOT NULL,
          per_minute INTEGER NOT NULL CHECK (per_minute > 0),
          -- As it was counted when it was asked for.
          people INTEGER NOT NULL,
          emails INTEGER NOT NULL,
          texts INTEGER NOT NULL,
          status TEXT NOT NULL DEFAULT 'PENDING'
            CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'STOPPED')),
          -- The last person who was told, and how many were.
          reached UUID,
          told INTEGER NOT NULL DEFAULT 0,
          asked_by UUID NOT NULL,
          approved_by UUID,
          created_at TIMESTAMPTZ NOT NULL,
          started_at TIMESTAMPTZ,
          ended_at TIMESTAMPTZ
        );
        CREATE INDEX idx_campaigns_event_id ON campaigns (event_id, id);
        CREATE TABLE news_consents (
          organization_id UUID NOT NULL,
          user_id UUID NOT NULL,
          agreed BOOLEAN NOT NULL,
          changed_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (organization_id, user_id)
        );
        CREATE INDEX idx_news_consents_user_id ON news_consents (user_id);
        """
    )
