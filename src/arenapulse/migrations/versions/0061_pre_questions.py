"""What an organizer asks of who comes, and what they answered: sealed, an envelope a ticket."""

from arenapulse.migrations.script import run

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    run(
        """
        CREATE TABLE event_questions (
          event_id UUID PRIMARY KEY,
          organization_id UUID NOT NULL,
          holder_names BOOLEAN NOT NULL,
          -- NULL: until the event starts.
          answers_until TIMESTAMPTZ,
          questions JSONB NOT NULL
        );
        CREATE TABLE ticket_answers (
          -- The id of the ticket, or of the order for what is asked once.
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          sealed BYTEA NOT NULL,
          answered_at TIMESTAMPTZ NOT NULL
        );
        CREATE INDEX idx_ticket_answers_event ON ticket_answers (event_id);
        """
    )
