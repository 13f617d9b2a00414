"""Events that were given up as drafts: strangers never saw them, and never will."""

from arenapulse.migrations.script import run

revision = "0110"
down_revision = "0109"


def upgrade() -> None:
    run(
        """
        ALTER TABLE events ADD COLUMN never_public BOOLEAN NOT NULL DEFAULT FALSE;
        UPDATE events e SET never_public = TRUE
          WHERE e.status = 'CANCELLED' AND EXISTS (
            SELECT FROM audit_log a WHERE a.subject_id = e.id AND a.action = 'event.status'
              AND a.details->>'before' = 'DRAFT' AND a.details->>'after' = 'CANCELLED');
        """
    )
