-- Compares what the vendor's movements say of each payment with what the ledger says of it: what moved
-- between `p_since` and `p_until`, on either side, and what differed before. Of a payment that moved
-- after it nothing is said yet. Says how many differ.
CREATE OR REPLACE FUNCTION judge_balance(
  p_since TIMESTAMPTZ, p_until TIMESTAMPTZ, p_now TIMESTAMPTZ
) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  -- Our entry follows the vendor's movement, by the time of the answer and by clocks that differ.
  k_margin CONSTANT INTERVAL := interval '1 minute';
  found INTEGER;
BEGIN
  CREATE TEMP TABLE judged_orders ON COMMIT DROP AS
    WITH touched AS (
      SELECT c.order_id FROM vendor_movements m JOIN charges c ON c.intent_id = m.intent_id
        WHERE m.created_at >= p_since AND m.created_at < p_until
      UNION SELECT coalesce(c.carrier_id, l.order_id) FROM ledger_entries l
        LEFT JOIN charges c ON c.order_id = l.order_id AND c.carrier_id IS NOT NULL
        WHERE l.account = 'processor'
          AND l.at >= p_since - k_margin AND l.at < p_until - k_margin
      UNION SELECT d.order_id FROM payment_differences d WHERE d.kind = 'not_in_the_balance'
    ), ours AS (
      SELECT t.order_id, coalesce(sum(l.amount), 0) AS amount, min(l.currency) AS currency,
          coalesce(bool_or(l.at >= p_until - k_margin), FALSE) AS moves
        FROM (SELECT order_id, order_id AS of_order FROM touched
              -- A charge that carries others moves their money, too.
              UNION SELECT c.carrier_id, c.order_id FROM charges c JOIN touched x
                ON x.order_id = c.carrier_id) t
        LEFT JOIN ledger_entries l ON l.order_id = t.of_order AND l.account = 'processor'
        GROUP BY 1
    ), theirs AS (
      SELECT t.order_id, coalesce(sum(m.amount), 0) AS amount,
          array_remove(array_agg(DISTINCT m.currency), NULL) AS currencies,
          -- Of several cards the one that was taken.
          coalesce(min(c.intent_id) FILTER (WHERE c.status IN ('SUCCEEDED', 'OWED')),
            max(c.intent_id)) AS intent_id,
          coalesce(bool_or(m.created_at >= p_until), FALSE) AS moves
        FROM touched t JOIN charges c ON c.order_id = t.order_id AND c.intent_id IS NOT NULL
        LEFT JOIN vendor_movements m ON m.intent_id = c.intent_id
        GROUP BY 1
    )
    SELECT x.order_id, x.intent_id, o.amount AS ours, x.amount AS theirs,
        -- What was changed into another currency on its way cannot be compared.
        x.amount <> o.amount AND (o.currency IS NULL OR x.currencies <@ ARRAY[o.currency]) AS differs
      FROM theirs x JOIN ours o ON o.order_id = x.order_id
      WHERE NOT (x.moves OR o.moves);

  INSERT INTO payment_differences (intent_id, kind, order_id, ours, theirs, found_at)
    SELECT intent_id, 'not_in_the_balance', order_id, 'ledger ' || ours, 'balance ' || theirs, p_now
      FROM judged_orders WHERE differs
    ON CONFLICT (intent_id, kind) DO UPDATE SET ours = EXCLUDED.ours, theirs = EXCLUDED.theirs;
  DELETE FROM payment_differences d USING judged_orders j
    WHERE d.kind = 'not_in_the_balance' AND d.order_id = j.order_id AND NOT j.differs;
  SELECT count(*) INTO found FROM judged_orders WHERE differs;
  DROP TABLE judged_orders;
  RETURN found;
END $$;
