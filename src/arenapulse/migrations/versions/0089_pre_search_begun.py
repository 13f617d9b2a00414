"""Suggestions: of many names that begin so, the best are read by their first two letters."""

from arenapulse.migrations.script import run, run_function

revision = "0089"
down_revision = "0088"


def upgrade() -> None:
    run(
        """
        CREATE INDEX idx_search_documents_begun
          ON search_documents (left(name_key, 2), popularity DESC, start_time, id)
          WHERE NOT is_gone AND COALESCE(status, '') NOT IN ('COMPLETED', 'CANCELLED');
        """
    )
    run_function("search_suggestions")
