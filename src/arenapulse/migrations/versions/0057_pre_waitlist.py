"""Wait-lists: who waits for places of an event that come back."""

from arenapulse.migrations.script import run

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    run(
        """
        CREATE TABLE wait_list (
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          user_id UUID NOT NULL,
          -- NULL: wherever there are as many.
          section_id UUID,
          quantity SMALLINT NOT NULL CHECK (quantity BETWEEN 1 AND 10),
          status TEXT NOT NULL CHECK (status IN ('WAITING', 'OFFERED', 'TAKEN', 'OVER', 'LEFT')),
          joined_at TIMESTAMPTZ NOT NULL,
          -- The hold that was made for them.
          order_id UUID,
          offered_at TIMESTAMPTZ,
          offered_until TIMESTAMPTZ,
          CONSTRAINT offers_have_orders CHECK (status <> 'OFFERED' OR order_id IS NOT NULL)
        );
        CREATE UNIQUE INDEX idx_wait_list_one ON wait_list (event_id, user_id)
          WHERE status IN ('WAITING', 'OFFERED');
        CREATE INDEX idx_wait_list_line ON wait_list (event_id, joined_at, id)
          WHERE status = 'WAITING';
        CREATE INDEX idx_wait_list_offered ON wait_list (order_id) WHERE status = 'OFFERED';
        CREATE INDEX idx_wait_list_person ON wait_list (user_id);
        """
    )
