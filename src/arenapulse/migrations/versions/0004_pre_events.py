"""Events, their prices by section and level, and the rules of a sale as generated columns."""

from arenapulse.migrations.script import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run(
        """
        CREATE TYPE event_status AS ENUM (
          'DRAFT', 'SCHEDULED', 'ON_SALE', 'SOLD_OUT', 'PAUSED', 'LIVE', 'COMPLETED', 'POSTPONED',
          'CANCELLED'
        );
        CREATE TABLE events (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          venue_id UUID NOT NULL REFERENCES venues (id),
          organization_id UUID NOT NULL REFERENCES organizations (id),
          chart_id UUID NOT NULL REFERENCES venue_charts (id),
          name TEXT NOT NULL,
          description TEXT NOT NULL DEFAULT '',
          start_time TIMESTAMPTZ NOT NULL,
          end_time TIMESTAMPTZ NOT NULL,
          sales_end_at TIMESTAMPTZ,
          status event_status NOT NULL,
          capacity_config JSONB NOT NULL,
          pricing_tiers JSONB NOT NULL,
          currency TEXT NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
          tax_rate INTEGER NOT NULL DEFAULT 0 CHECK (tax_rate BETWEEN 0 AND 10000),
          version INTEGER NOT NULL DEFAULT 1,
          -- What a batch of orders reads; computed here so that it cannot differ from the config.
          max_per_order INTEGER GENERATED ALWAYS AS
            (COALESCE((capacity_config ->> 'maxTicketsPerOrder')::INTEGER, 10)) STORED,
          max_per_person INTEGER GENERATED ALWAYS AS
            ((capacity_config ->> 'maxTicketsPerPerson')::INTEGER) STORED,
          hold_seconds INTEGER GENERATED ALWAYS AS
            (COALESCE((capacity_config ->> 'holdSeconds')::INTEGER, 480)) STORED,
          waiting_room BOOLEAN GENERATED ALWAYS AS
            (COALESCE((capacity_config -> 'waitingRoom' ->> 'enabled')::BOOLEAN, FALSE)) STORED,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          CHECK (end_time > start_time)
        );
        CREATE INDEX idx_events_venue_id ON events (venue_id);
        CREATE INDEX idx_events_start_time ON events (start_time);
        CREATE INDEX idx_events_organization_id ON events (organization_id);

        CREATE TABLE tier_prices (
          event_id UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
          section_id UUID NOT NULL,
          price_level TEXT NOT NULL,
          amount INTEGER NOT NULL CHECK (amount >= 0),
          fee INTEGER NOT NULL CHECK (fee >= 0),
          PRIMARY KEY (event_id, section_id, price_level)
        );

        CREATE TABLE promo_codes (
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
          code TEXT NOT NULL,
          kind TEXT NOT NULL CHECK (kind IN ('PERCENT', 'AMOUNT')),
          value INTEGER NOT NULL CHECK (value >= 0 AND (kind = 'AMOUNT' OR value <= 100)),
          max_uses INTEGER CHECK (max_uses > 0),
          max_per_person INTEGER CHECK (max_per_person > 0),
          valid_from TIMESTAMPTZ,
          valid_until TIMESTAMPTZ,
          section_ids UUID[],
          unlocks TEXT[] NOT NULL DEFAULT '{}',
          uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
          deleted_at TIMESTAMPTZ,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          CONSTRAINT never_overused CHECK (uses <= max_uses)
        ) WITH (fillfactor = 50);
        CREATE UNIQUE INDEX idx_promo_codes_code ON promo_codes (event_id, lower(code))
          WHERE deleted_at IS NULL;
        CREATE TABLE promo_people (
          promo_id UUID NOT NULL REFERENCES promo_codes (id) ON DELETE CASCADE,
          person_id UUID NOT NULL,
          uses INTEGER NOT NULL CHECK (uses >= 0),
          PRIMARY KEY (promo_id, person_id)
        ) WITH (fillfactor = 70);

        CREATE TABLE audit_log (
          id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          at TIMESTAMPTZ NOT NULL DEFAULT now(),
          actor_id UUID,
          action TEXT NOT NULL,
          subject_id UUID NOT NULL,
          details JSONB NOT NULL
        );
        CREATE INDEX idx_audit_log_subject_id ON audit_log (subject_id, id DESC);
        """
    )
