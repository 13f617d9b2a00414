"""Venues and their charts: a chart is never changed, a new version is made."""

from arenapulse.migrations.script import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run(
        """
        CREATE TABLE venues (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          organization_id UUID NOT NULL REFERENCES organizations (id),
          name TEXT NOT NULL,
          location JSONB NOT NULL,
          capacity INTEGER NOT NULL CHECK (capacity >= 0),
          sections JSONB NOT NULL,
          amenities TEXT[] NOT NULL DEFAULT '{}',
          chart_id UUID NOT NULL,
          version INTEGER NOT NULL DEFAULT 1,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_venues_name_fts ON venues USING gin (to_tsvector('english', name));
        CREATE INDEX idx_venues_organization_id ON venues (organization_id);

        CREATE TABLE venue_charts (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          venue_id UUID NOT NULL REFERENCES venues (id) ON DELETE CASCADE
            DEFERRABLE INITIALLY DEFERRED,
          sections JSONB NOT NULL,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_venue_charts_venue_id ON venue_charts (venue_id);
        ALTER TABLE venues ADD CONSTRAINT fk_venues_chart_id FOREIGN KEY (chart_id)
          REFERENCES venue_charts (id) DEFERRABLE INITIALLY DEFERRED;
        """
    )
