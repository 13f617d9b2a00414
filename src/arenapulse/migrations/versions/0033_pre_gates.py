"""Gates: what stands for an event at its gates, who came in, and the devices that ask."""

from arenapulse.migrations.script import run, run_function

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    run(
        """
        CREATE TABLE event_gates (
          event_id UUID PRIMARY KEY,
          organization_id UUID NOT NULL,
          -- Raised with each scan and each change of a ticket, under this row's lock.
          sequence BIGINT NOT NULL DEFAULT 1,
          -- Tickets that ever went in, and people who are inside.
          admitted INTEGER NOT NULL DEFAULT 0 CHECK (admitted >= 0),
          inside INTEGER NOT NULL DEFAULT 0 CHECK (inside BETWEEN 0 AND admitted),
          -- Whether some device holds a manifest: changes of tickets are noted from then on.
          is_watched BOOLEAN NOT NULL DEFAULT FALSE,
          reentry BOOLEAN NOT NULL DEFAULT FALSE,
          passback_seconds INTEGER NOT NULL DEFAULT 0 CHECK (passback_seconds >= 0),
          -- By label: {"zone": …, "sections": ["*"] or ids}; none where any label will do.
          gates JSONB NOT NULL DEFAULT '{}',
          -- By name: how many may be inside, NULL where nobody counts.
          zones JSONB NOT NULL DEFAULT '{}',
          version INTEGER NOT NULL DEFAULT 1
        ) WITH (fillfactor = 20);
        CREATE TABLE checkins (
          event_id UUID NOT NULL,
          client_id TEXT NOT NULL,
          sequence BIGINT NOT NULL,
          order_id UUID NOT NULL,
          number SMALLINT NOT NULL,
          result TEXT NOT NULL CHECK (result IN ('ADMITTED', 'LEFT', 'CONFLICT')),
          -- The verdict that a scan made without a network should have had.
          conflict SMALLINT,
          gate TEXT NOT NULL,
          zone TEXT,
          device_id TEXT NOT NULL,
          actor_id UUID NOT NULL,
          scanned_at TIMESTAMPTZ NOT NULL,
          recorded_at TIMESTAMPTZ NOT NULL,
          is_offline BOOLEAN NOT NULL,
          PRIMARY KEY (event_id, client_id),
          CONSTRAINT conflicts_say_why CHECK ((result = 'CONFLICT') = (conflict IS NOT NULL)),
          CONSTRAINT conflicts_are_offline CHECK (result <> 'CONFLICT' OR is_offline)
        );
        CREATE UNIQUE INDEX idx_checkins_sequence ON checkins (event_id, sequence);
        CREATE INDEX idx_checkins_recorded_at ON checkins (event_id, recorded_at);
        CREATE INDEX idx_checkins_ticket ON checkins (order_id, number);
        -- Where the holder of a ticket that went in is now.
        CREATE TABLE presences (
          event_id UUID NOT NULL,
          order_id UUID NOT NULL,
          number SMALLINT NOT NULL,
          is_inside BOOLEAN NOT NULL,
          gate TEXT NOT NULL,
          zone TEXT,
          device_id TEXT NOT NULL,
          changed_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (event_id, order_id, number)
        ) WITH (fillfactor = 70);
        CREATE TABLE gate_counts (
          event_id UUID NOT NULL,
          gate TEXT NOT NULL,
          -- Tickets that first went in here.
          admitted INTEGER NOT NULL CHECK (admitted >= 0),
          PRIMARY KEY (event_id, gate)
        ) WITH (fillfactor = 20);
        -- Tickets that were sold, void, given away or reissued while somebody held a manifest.
        CREATE TABLE gate_changes (
          event_id UUID NOT NULL,
          sequence BIGINT NOT NULL,
          order_id UUID NOT NULL,
          PRIMARY KEY (event_id, sequence, order_id)
        );
        CREATE TABLE gate_devices (
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          name TEXT NOT NULL,
          gate TEXT,
          -- Of the code that registers it, then of the secret it shows.
          secret_hash BYTEA NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
          made_by UUID NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ NOT NULL,
          registered_at TIMESTAMPTZ,
          revoked_at TIMESTAMPTZ,
          seen_at TIMESTAMPTZ
        );
        CREATE INDEX idx_gate_devices_event_id ON gate_devices (event_id, id);
        """
    )
    run_function("check_in")
