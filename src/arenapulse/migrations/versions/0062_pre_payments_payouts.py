"""The vendor's account with us: what moved our balance there, and what it paid out to our bank."""

from arenapulse.migrations.script import run, run_function

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    run(
        """
        CREATE TABLE vendor_movements (
          id TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          -- The payment it is about; NULL for what is about none.
          intent_id TEXT,
          amount BIGINT NOT NULL,
          fee BIGINT NOT NULL,
          currency TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          payout_id TEXT
        );
        CREATE INDEX idx_vendor_movements_intent_id ON vendor_movements (intent_id)
          WHERE intent_id IS NOT NULL;
        CREATE INDEX idx_vendor_movements_created_at ON vendor_movements (created_at);
        CREATE INDEX idx_vendor_movements_payout_id ON vendor_movements (payout_id)
          WHERE payout_id IS NOT NULL;
        CREATE TABLE payouts (
          id TEXT PRIMARY KEY,
          amount BIGINT NOT NULL,
          currency TEXT NOT NULL,
          status TEXT NOT NULL,
          -- The vendor says what is in it; of those that somebody asked for it does not.
          is_automatic BOOLEAN NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          arrives_at TIMESTAMPTZ NOT NULL,
          failure_code TEXT,
          -- How far what is in it was read: the sum so far, the last that was seen, the end.
          counted BIGINT NOT NULL DEFAULT 0,
          after TEXT,
          listed_at TIMESTAMPTZ
        );
        CREATE INDEX idx_payouts_created_at ON payouts (created_at DESC, id DESC);
        CREATE TABLE payout_shares (
          organization_id UUID NOT NULL,
          payout_id TEXT NOT NULL REFERENCES payouts,
          -- Of its payments: what came in less what went back, and what the vendor took of it.
          gross BIGINT NOT NULL,
          fees BIGINT NOT NULL,
          payments INTEGER NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (organization_id, payout_id)
        );
        CREATE INDEX idx_payout_shares_payout_id ON payout_shares (payout_id);
        -- Up to when the movements were read, and how far in the time after it.
        CREATE TABLE vendor_books (
          is_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_one),
          since TIMESTAMPTZ NOT NULL,
          until TIMESTAMPTZ,
          after TEXT
        );
        -- `moved` is what all movements come to; `before` what was there before the first of them.
        CREATE TABLE vendor_balances (
          currency TEXT PRIMARY KEY,
          moved BIGINT NOT NULL,
          before BIGINT
        );
        -- Written in the order of time, so nearly free.
        CREATE INDEX idx_ledger_entries_at ON ledger_entries USING brin (at);
        CREATE TABLE sandbox_movements (
          id TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          source TEXT NOT NULL,
          intent_id TEXT,
          amount BIGINT NOT NULL,
          fee BIGINT NOT NULL,
          currency TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          available_at TIMESTAMPTZ NOT NULL,
          payout_id TEXT
        );
        CREATE INDEX idx_sandbox_movements_created_at ON sandbox_movements (created_at, id);
        CREATE TABLE sandbox_payouts (
          id TEXT PRIMARY KEY,
          amount BIGINT NOT NULL,
          currency TEXT NOT NULL,
          status TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL
        );
        """
    )
    run(_WHAT_WAS)
    run_function("judge_balance")
    run(_WALLS)


# The twin's account from before it kept one, so that its books and ours begin equal.
_WHAT_WAS = """
INSERT INTO sandbox_movements (id, kind, source, intent_id, amount, fee, currency, created_at,
    available_at)
  SELECT 'txn_' || md5(x.source || x.kind), x.kind, x.source, x.intent_id, x.amount, x.fee,
      i.currency, x.at, x.at + interval '1 day'
    FROM (
      SELECT 'charge' AS kind, 'ch_' || substr(id, 4) AS source, id AS intent_id,
          captured AS amount, captured * 15 / 1000 + 25 AS fee, created_at AS at
        FROM sandbox_intents WHERE captured > 0
      UNION ALL SELECT 'refund', id, intent_id, -amount, 0, created_at FROM sandbox_refunds
      UNION ALL SELECT 'refund_failure', id, intent_id, amount, 0, created_at FROM sandbox_refunds
        WHERE status = 'failed'
      UNION ALL SELECT 'adjustment', id, intent_id, -amount, 2000, created_at FROM sandbox_disputes
      UNION ALL SELECT 'reversal', id, intent_id, amount, 0, created_at FROM sandbox_disputes
        WHERE status = 'won') x
    JOIN sandbox_intents i ON i.id = x.intent_id
"""
_WALLS = """
CREATE POLICY wall ON vendor_movements USING ((SELECT sees_all()));
ALTER TABLE vendor_movements ENABLE ROW LEVEL SECURITY;
CREATE POLICY wall ON payout_shares USING ((SELECT sees_all())
  OR organization_id = ANY ((SELECT seen_organizations())::UUID[]));
ALTER TABLE payout_shares ENABLE ROW LEVEL SECURITY;
-- Whose share it is, is judged by the shares' own wall.
CREATE POLICY wall ON payouts USING ((SELECT sees_all())
  OR id IN (SELECT payout_id FROM payout_shares));
ALTER TABLE payouts ENABLE ROW LEVEL SECURITY;
"""
