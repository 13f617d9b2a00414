"""Identity: nonces of requests that were signed ahead of our clock, should Redis forget them."""

from arenapulse.migrations.script import run

revision = "0124"
down_revision = "0123"


def upgrade() -> None:
    run(
        """
        CREATE TABLE nonces_ahead (
          key_id UUID NOT NULL,
          nonce TEXT NOT NULL,
          used_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          PRIMARY KEY (key_id, nonce)
        );
        """
    )
