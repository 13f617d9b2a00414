"""Search: one plan for all that ask in words; suggestions by how many go there."""

from arenapulse.migrations.script import run, run_function

revision = "0079"
down_revision = "0078"


def upgrade() -> None:
    run(
        """
        -- How many go there, by powers of two: a document is written anew when it doubles.
        ALTER TABLE search_documents ADD COLUMN popularity SMALLINT NOT NULL DEFAULT 0;
        CREATE INDEX idx_search_documents_popularity
          ON search_documents (popularity DESC, start_time, id)
          WHERE NOT is_gone AND COALESCE(status, '') NOT IN ('COMPLETED', 'CANCELLED');
        CREATE INDEX idx_search_documents_names
          ON search_documents USING gin (ts_filter(words, '{a}')) WITH (fastupdate = off);
        """
    )
    for name in ("search_score", "search_in_words", "search_suggestions", "search_beside"):
        run_function(name)
