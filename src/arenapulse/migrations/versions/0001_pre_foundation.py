"""Foundation: the job queue's schema and idempotency keys."""

from arenapulse.migrations.script import run, run_function

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_function("pgqueuer")
    # NOTIFY would hold all notifying commits in one line; workers are woken after the commit.
    run("ALTER TABLE pgqueuer DISABLE TRIGGER tg_pgqueuer_changed")
    # As `pgq sql autovac` advises: each job is three row versions that die within a second.
    run(
        "ALTER TABLE pgqueuer SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, "
        "autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02, "
        "autovacuum_analyze_threshold = 500, autovacuum_vacuum_cost_delay = 0)"
    )
    run(
        """
        CREATE TABLE idempotency_keys (
          person TEXT NOT NULL,
          method TEXT NOT NULL,
          path TEXT NOT NULL,
          key TEXT NOT NULL,
          body_hash BYTEA NOT NULL,
          status SMALLINT,
          answer BYTEA,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          PRIMARY KEY (person, key, method, path)
        );
        CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);
        """
    )
