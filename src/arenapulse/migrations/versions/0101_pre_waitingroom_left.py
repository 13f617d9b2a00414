"""Places that were left hold up nobody behind, and a code that came later changes the lane."""

from arenapulse.migrations.script import run, run_function

revision = "0101"
down_revision = "0100"


def upgrade() -> None:
    # Of the positions that were passed, so many were nobody's any more.
    run("ALTER TABLE waiting_admissions ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;")
    # Who was let in and is gone before their time was over.
    run("ALTER TABLE waiting_places ADD COLUMN left_at TIMESTAMPTZ;")
    run_function("join_lanes")
