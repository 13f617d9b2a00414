"""Gates: what each let in by ten seconds, so that a minute's rate counts rows and no scans."""

from arenapulse.migrations.script import run, run_function

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    run(
        """
        CREATE TABLE gate_beats (
          event_id UUID NOT NULL,
          gate TEXT NOT NULL,
          -- Unix time by ten seconds.
          beat INTEGER NOT NULL,
          admitted INTEGER NOT NULL CHECK (admitted >= 0),
          PRIMARY KEY (event_id, beat, gate)
        ) WITH (fillfactor = 50);
        """
    )
    run_function("check_in")
