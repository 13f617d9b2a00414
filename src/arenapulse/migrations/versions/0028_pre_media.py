"""Pictures: announced, ready in their sizes, gone."""

from arenapulse.migrations.script import run

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run(
        """
        CREATE TABLE media (
          id UUID PRIMARY KEY,
          -- What it is a picture of; the slice that has it says when it is gone.
          subject_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          content_type TEXT NOT NULL,
          size INTEGER NOT NULL CHECK (size > 0),
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          ready_at TIMESTAMPTZ,
          gone_at TIMESTAMPTZ,
          blur TEXT,
          sizes JSONB NOT NULL DEFAULT '[]',
          CONSTRAINT ready_has_sizes CHECK (
            (ready_at IS NULL) = (blur IS NULL) AND (ready_at IS NULL) = (sizes = '[]'))
        );
        CREATE INDEX idx_media_subject_id ON media (subject_id) WHERE gone_at IS NULL;
        CREATE INDEX idx_media_unused ON media (created_at)
          WHERE gone_at IS NOT NULL OR ready_at IS NULL;
        """
    )
