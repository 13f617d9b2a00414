"""Waiting rooms: who waits, in which order, who may go in."""

from arenapulse.migrations.script import run, run_function

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    run(
        """
        CREATE TABLE waiting_rooms (
          event_id UUID PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
          organization_id UUID NOT NULL REFERENCES organizations (id),
          -- Sealed by the keyring until the draw; then it is open.
          sealed_seed BYTEA NOT NULL,
          sealed_key BYTEA NOT NULL,
          seal BYTEA NOT NULL CHECK (length(seal) = 32),
          sealed_at TIMESTAMPTZ NOT NULL,
          closed_at TIMESTAMPTZ,
          seed BYTEA CHECK (length(seed) = 32),
          drawn_at TIMESTAMPTZ CHECK (drawn_at >= closed_at),
          -- What the organizer set at the panel; NULL where the event's own word counts.
          asked_per_minute INTEGER CHECK (asked_per_minute >= 0),
          inside_max INTEGER CHECK (inside_max > 0),
          is_paused BOOLEAN NOT NULL DEFAULT FALSE,
          is_closed BOOLEAN NOT NULL DEFAULT FALSE,
          message TEXT,
          message_at TIMESTAMPTZ,
          -- The inlet, as the last step left it.
          rate DOUBLE PRECISION,
          credit DOUBLE PRECISION NOT NULL DEFAULT 1,
          calm_p95 DOUBLE PRECISION,
          pause_seconds DOUBLE PRECISION NOT NULL DEFAULT 0,
          steered_at TIMESTAMPTZ,
          places_left INTEGER,
          -- The event is over: nobody steers it any more.
          over_at TIMESTAMPTZ,
          version INTEGER NOT NULL DEFAULT 1,
          CONSTRAINT open_is_drawn CHECK ((seed IS NULL) = (drawn_at IS NULL))
        ) WITH (fillfactor = 50);
        CREATE INDEX idx_waiting_rooms_steered_at ON waiting_rooms (steered_at NULLS FIRST)
          WHERE over_at IS NULL;
        CREATE INDEX idx_waiting_rooms_organization_id ON waiting_rooms (organization_id);

        CREATE TABLE waiting_lanes (
          event_id UUID NOT NULL REFERENCES waiting_rooms (event_id) ON DELETE CASCADE,
          lane SMALLINT NOT NULL CHECK (lane BETWEEN 0 AND 7),
          name TEXT NOT NULL,
          name_key TEXT NOT NULL,
          code_key TEXT,
          share INTEGER NOT NULL CHECK (share BETWEEN 0 AND 100),
          joined INTEGER NOT NULL DEFAULT 0 CHECK (joined >= 0),
          -- How many of them were in the draw; NULL until the list is closed.
          drawn INTEGER CHECK (drawn BETWEEN 0 AND joined),
          serving INTEGER NOT NULL DEFAULT 0,
          CONSTRAINT nobody_before_they_came CHECK (serving BETWEEN 0 AND joined),
          PRIMARY KEY (event_id, lane),
          UNIQUE (event_id, name_key),
          UNIQUE (event_id, code_key)
        ) WITH (fillfactor = 50);

        CREATE TABLE waiting_places (
          event_id UUID NOT NULL REFERENCES waiting_rooms (event_id) ON DELETE CASCADE,
          lane SMALLINT NOT NULL,
          number INTEGER NOT NULL,
          -- NULL for who was erased: their ticket stays in the list, and says nothing of them.
          user_id UUID,
          ticket BYTEA NOT NULL CHECK (length(ticket) = 16),
          PRIMARY KEY (event_id, lane, number),
          -- By person first: an account that goes is forgotten here.
          UNIQUE (user_id, event_id)
        );

        -- When each position's turn came: a row a step of the inlet.
        CREATE TABLE waiting_admissions (
          event_id UUID NOT NULL REFERENCES waiting_rooms (event_id) ON DELETE CASCADE,
          lane SMALLINT NOT NULL,
          up_to INTEGER NOT NULL,
          at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (event_id, lane, up_to)
        );

        -- Who was let in and is gone before their time was over: their place in the shop is free.
        CREATE TABLE waiting_departures (
          event_id UUID NOT NULL REFERENCES waiting_rooms (event_id) ON DELETE CASCADE,
          at TIMESTAMPTZ NOT NULL
        );
        CREATE INDEX idx_waiting_departures_event_id ON waiting_departures (event_id, at);

        CREATE TABLE waiting_draws (
          event_id UUID NOT NULL REFERENCES waiting_rooms (event_id) ON DELETE CASCADE,
          lane SMALLINT NOT NULL,
          entrants INTEGER NOT NULL,
          tickets_hash BYTEA NOT NULL,
          tickets BYTEA NOT NULL,
          ranks BYTEA NOT NULL,
          PRIMARY KEY (event_id, lane)
        );
        -- Parts of them are asked for: they lie as they are.
        ALTER TABLE waiting_draws ALTER COLUMN tickets SET STORAGE EXTERNAL;
        ALTER TABLE waiting_draws ALTER COLUMN ranks SET STORAGE EXTERNAL;

        CREATE TABLE waiting_history (
          event_id UUID NOT NULL REFERENCES waiting_rooms (event_id) ON DELETE CASCADE,
          at TIMESTAMPTZ NOT NULL,
          waiting INTEGER NOT NULL,
          admitted INTEGER NOT NULL,
          rate DOUBLE PRECISION NOT NULL,
          p95_ms DOUBLE PRECISION,
          places_left INTEGER,
          PRIMARY KEY (event_id, at)
        );
        """
    )
    run_function("join_lanes")
