"""Keys that are compared: of promo codes and of event names. What a code unlocked stays locked.

PostgreSQL folds letters in another way than `core/names.key`, so the keys of what is not ASCII are
columns; of ASCII both agree, and a row of the old code has none. Codes that were deleted gave their
levels to everybody: those stay on sale.
"""

from alembic import op
from sqlalchemy import text

from arenapulse.core.names import key
from arenapulse.migrations.script import run, run_function

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run(
        """
        ALTER TABLE events ADD COLUMN name_key TEXT;
        ALTER TABLE promo_codes ADD COLUMN code_key TEXT;
        UPDATE promo_codes SET unlocks = '{}' WHERE deleted_at IS NOT NULL AND unlocks <> '{}';
        DROP INDEX idx_promo_codes_code;
        """
    )
    _fold_names()
    _fold_codes()
    run(
        """
        CREATE UNIQUE INDEX idx_promo_codes_key
          ON promo_codes (event_id, coalesce(code_key, lower(code))) WHERE deleted_at IS NULL;
        CREATE INDEX idx_promo_codes_unlocks ON promo_codes (event_id) WHERE unlocks <> '{}';
        CREATE INDEX idx_events_end_time ON events (end_time);
        """
    )
    run_function("place_orders")


def _fold_names() -> None:
    connection = op.get_bind()
    rows = connection.execute(text("SELECT id, name FROM events WHERE name ~ '[^ -~]'"))
    folded = [{"id": row.id, "key": key(row.name)} for row in rows]
    if folded:
        connection.execute(text("UPDATE events SET name_key = :key WHERE id = :id"), folded)


def _fold_codes() -> None:
    """Of codes of one event that are the same now, the oldest keeps the name."""
    connection = op.get_bind()
    rows = connection.execute(
        text("SELECT id, event_id, code FROM promo_codes WHERE deleted_at IS NULL ORDER BY id")
    ).all()
    taken: set[tuple[object, str]] = set()
    folded: list[dict[str, object]] = []
    for row in rows:
        made = key(row.code)
        is_twin = (row.event_id, made) in taken
        taken.add((row.event_id, made))
        if is_twin or not row.code.isascii():
            folded.append({"id": row.id, "key": f"{made} {row.id}" if is_twin else made})
    if folded:
        connection.execute(text("UPDATE promo_codes SET code_key = :key WHERE id = :id"), folded)
