"""One word within a circle reads the index of places; amenities are counted by their lists."""

from arenapulse.migrations.script import run_function

revision = "0117"
down_revision = "0116"


def upgrade() -> None:
    for name in ("search_box", "search_found"):
        run_function(name)
