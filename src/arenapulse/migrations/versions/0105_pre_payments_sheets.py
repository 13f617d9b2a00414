"""Papers of before say what they say, too: some thousands a transaction, beside new ones."""

from typing import Final

from alembic import op
from sqlalchemy import text

from arenapulse.migrations.script import run

revision = "0105"
down_revision = "0104"

ROWS: Final = 2_000
FIRST: Final = "00000000-0000-0000-0000-000000000000"

# As good as it is known today.
_FILL: Final = text(f"""
WITH these AS (
  SELECT id FROM invoices WHERE id > CAST(:after AS UUID) ORDER BY id LIMIT {ROWS}
), filled AS (
  UPDATE invoices i SET sheet = paper_sheet(i.order_id) || CASE i.kind
      WHEN 'INVOICE' THEN '{{}}'
      ELSE (SELECT jsonb_build_object('of', o.year || '-' || lpad(o.number::TEXT, 6, '0'))
            FROM invoices o WHERE o.cause = 'order:' || i.order_id) END
    FROM these s WHERE s.id = i.id AND i.sheet IS NULL
)
SELECT id::TEXT FROM these ORDER BY id DESC LIMIT 1
""")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        after: str | None = FIRST
        while after is not None:
            after = op.get_bind().scalar(_FILL, {"after": after})
        # Who proves it first needs no lock that holds others up while all rows are read.
        run("ALTER TABLE invoices DROP CONSTRAINT IF EXISTS have_a_sheet")
        run("ALTER TABLE invoices ADD CONSTRAINT have_a_sheet CHECK (sheet IS NOT NULL) NOT VALID")
        run("SET LOCAL statement_timeout = 0;ALTER TABLE invoices VALIDATE CONSTRAINT have_a_sheet")
    run("ALTER TABLE invoices ALTER COLUMN sheet SET NOT NULL, DROP CONSTRAINT have_a_sheet")
