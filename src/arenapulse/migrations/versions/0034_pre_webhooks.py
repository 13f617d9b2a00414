"""Outgoing webhooks: endpoints, and what is delivered to them."""

from arenapulse.migrations.script import make_due, run

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    run(
        """
        CREATE TABLE webhook_endpoints (
          id UUID PRIMARY KEY,
          organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
          url TEXT NOT NULL,
          events TEXT[] NOT NULL CHECK (events <> '{}'),
          -- Encrypted by the keyring.
          secret BYTEA NOT NULL,
          made_by UUID NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          failing_since TIMESTAMPTZ,
          paused_at TIMESTAMPTZ,
          pause_reason TEXT CHECK (pause_reason IN ('BY_HAND', 'FAILING', 'GONE')),
          ended_at TIMESTAMPTZ,
          CONSTRAINT a_pause_has_a_reason CHECK ((paused_at IS NULL) = (pause_reason IS NULL))
        );
        CREATE INDEX idx_webhook_endpoints_organization
          ON webhook_endpoints (organization_id, id) WHERE ended_at IS NULL;

        CREATE TABLE webhook_deliveries (
          id UUID PRIMARY KEY,
          endpoint_id UUID NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
          -- What makes it the same news: a fact may be told more than once.
          key TEXT NOT NULL,
          type TEXT NOT NULL,
          body TEXT NOT NULL,
          status TEXT NOT NULL CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED', 'WAITING')),
          -- Attempts since it was made or replayed: they say how long it waits for the next.
          round_tries INTEGER NOT NULL DEFAULT 0,
          attempts JSONB NOT NULL DEFAULT '[]',
          created_at TIMESTAMPTZ NOT NULL,
          UNIQUE (endpoint_id, key)
        );
        CREATE INDEX idx_webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id DESC);
        CREATE INDEX idx_webhook_deliveries_created_at ON webhook_deliveries (created_at);
        """
    )
    # Its organization_id, whose turn it is, holds the endpoint: a slow one waits for itself alone.
    make_due("webhook_deliveries")
    run(
        """
        -- ON_SALE and SOLD_OUT turn into each other by SQL, in whichever transaction sells or gives
        -- back the last place. The fact is written there, where somebody wants to hear of it.
        CREATE FUNCTION webhooks_tell_flipped() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM webhook_endpoints w
                     WHERE w.organization_id = NEW.organization_id AND w.ended_at IS NULL) THEN
            PERFORM record_fact(ARRAY['webhooks.tell_flipped'], json_build_object(
              'fact_id', gen_random_uuid(), 'at', clock_timestamp(), 'event_id', NEW.id,
              'organization_id', NEW.organization_id,
              'before', OLD.status, 'after', NEW.status));
          END IF;
          RETURN NULL;
        END $$;
        CREATE TRIGGER webhooks_flipped AFTER UPDATE OF status ON events FOR EACH ROW
          WHEN (OLD.status = 'ON_SALE' AND NEW.status = 'SOLD_OUT'
            OR OLD.status = 'SOLD_OUT' AND NEW.status = 'ON_SALE')
          EXECUTE FUNCTION webhooks_tell_flipped();
        """
    )
