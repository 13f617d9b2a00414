"""Search: searches that people keep, and events that came out and were not looked for yet."""

from arenapulse.migrations.script import run

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    run(
        """
        CREATE TABLE saved_searches (
          id UUID PRIMARY KEY,
          user_id UUID NOT NULL,
          name TEXT NOT NULL,
          query JSONB NOT NULL,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          UNIQUE (user_id, query)
        );
        CREATE INDEX idx_saved_searches_query ON saved_searches (md5(query::TEXT), id);
        CREATE TABLE search_news (
          event_id UUID PRIMARY KEY,
          at TIMESTAMPTZ NOT NULL DEFAULT now(),
          -- Those that are told of together, once; NULL until somebody takes them.
          round UUID
        );
        """
    )
