"""What gates without a network had not heard of: flagged, counted, and by the key of its time."""

from arenapulse.migrations.script import run, run_function

revision = "0100"
down_revision = "0099"


def upgrade() -> None:
    # Gate keys that were changed, sealed, each with its end.
    run("ALTER TABLE event_keys ADD COLUMN former BYTEA;")
    run_function("check_in")
    run_function("admissions")
    run_function("checkins_over_time")
    run_function("insights")
    run_function("event_signs")
