"""A search in words reads beginnings from the lexicon, and each document once."""

from arenapulse.migrations.script import run, run_function

revision = "0088"
down_revision = "0087"


def upgrade() -> None:
    for name in ("search_wanted", "search_by_words"):
        run_function(name)
    # A word that its cleaning lost, while a document of it was written, would be found no more.
    run(
        "INSERT INTO search_words (word) SELECT word FROM "
        "ts_stat('SELECT words FROM search_documents WHERE NOT is_gone') ON CONFLICT DO NOTHING"
    )
