"""Inventory: one stock row per event and section, and how many places a person holds."""

from arenapulse.migrations.script import run, run_function

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run(
        """
        CREATE TABLE stock (
          id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          event_id UUID NOT NULL REFERENCES events (id),
          section_id UUID NOT NULL,
          capacity INTEGER NOT NULL CHECK (capacity >= 0),
          held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
          sold INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0),
          blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked >= 0),
          -- Seated sections: bit n is the seat of dense index n in the event's chart.
          seats INTEGER NOT NULL DEFAULT 0 CHECK (seats >= 0),
          taken_seats BYTEA,
          sold_seats BYTEA,
          blocked_seats BYTEA,
          -- Raised with every change under the row's lock: of two counts the higher is newer.
          rev BIGINT NOT NULL DEFAULT 0,
          CONSTRAINT never_oversold CHECK (held + sold + blocked <= capacity),
          CONSTRAINT seated_has_bitmaps CHECK (
            (seats = 0) = (taken_seats IS NULL) AND (seats = 0) = (sold_seats IS NULL)
            AND (seats = 0) = (blocked_seats IS NULL)
          ),
          UNIQUE (event_id, section_id)
        ) WITH (
          -- Room on the page for the next versions of a hot row, cleaned up early.
          fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500
        );

        CREATE TABLE person_places (
          event_id UUID NOT NULL,
          person_id UUID NOT NULL,
          places INTEGER NOT NULL CHECK (places >= 0),
          PRIMARY KEY (event_id, person_id)
        ) WITH (fillfactor = 70);
        """
    )
    run_function("flip_sold_out")
