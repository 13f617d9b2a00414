"""Facets are counted in one pass; names are looked for without reading the documents' words."""

from arenapulse.migrations.script import run_function

revision = "0130"
down_revision = "0129"


def upgrade() -> None:
    for name in ("search_wanted", "search_listed"):
        run_function(name)
