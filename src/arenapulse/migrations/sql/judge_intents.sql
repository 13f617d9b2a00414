-- Compares the vendor's intents with our charges, both ways. Where only one answer is right the charge
-- falls due, so that a worker looks at it; the rest is written down for a person. A difference that is
-- no more is taken off.
--
-- `p_since` and `p_until` are the time that was listed: our charges of it whose intents the vendor did
-- not list are differences too.
CREATE OR REPLACE FUNCTION judge_intents(
  p_ids TEXT[], p_orders UUID[], p_attempts SMALLINT[], p_statuses TEXT[], p_captured BIGINT[],
  p_refunded BIGINT[], p_since TIMESTAMPTZ, p_until TIMESTAMPTZ, p_now TIMESTAMPTZ,
  OUT healed INTEGER, OUT differing INTEGER
) LANGUAGE plpgsql AS $$
BEGIN
  WITH told AS (
    SELECT * FROM unnest(p_ids, p_orders, p_attempts, p_statuses, p_captured, p_refunded)
      x(id, order_id, attempt, status, captured, refunded)
  )
  UPDATE charges c SET due_at = p_now FROM told x
    WHERE c.intent_id = x.id AND x.status NOT IN ('processing', 'requires_action')
      AND c.status IN ('PROCESSING', 'REQUIRES_ACTION') AND c.due_at > p_now
      AND c.taken_by IS NULL;
  GET DIAGNOSTICS healed = ROW_COUNT;

  CREATE TEMP TABLE found_differences ON COMMIT DROP AS
    WITH told AS (
      SELECT * FROM unnest(p_ids, p_orders, p_attempts, p_statuses, p_captured, p_refunded)
        x(id, order_id, attempt, status, captured, refunded)
    ), taken AS (
      -- What a charge takes at the vendor is its own and what it carries.
      SELECT c.order_id, c.attempt, c.order_id AS of_order FROM charges c JOIN told x
          ON x.order_id = c.order_id AND x.attempt = c.attempt
      UNION ALL
      SELECT c.carrier_id, c.attempt, c.order_id FROM charges c JOIN told x
          ON x.order_id = c.carrier_id AND x.attempt = c.attempt
    ), given AS (
      SELECT t.order_id, t.attempt,
          sum(r.amount) FILTER (WHERE r.status = 'SUCCEEDED' AND r.undone_at IS NULL) AS back,
          bool_or(r.status = 'PENDING') AS waits
        FROM taken t JOIN refunds r ON r.order_id = t.of_order AND r.attempt = t.attempt GROUP BY 1, 2
    )
    SELECT x.id AS intent_id, x.order_id, CASE
        WHEN x.status = 'succeeded' AND c.order_id IS NULL THEN 'captured_for_nothing_known'
        WHEN x.status = 'succeeded' AND x.captured > x.refunded
          AND c.status IN ('DECLINED', 'CANCELLED') THEN 'captured_without_places'
        WHEN x.status = 'succeeded' AND c.status = 'SUCCEEDED' AND c.intent_id <> x.id
          AND x.captured > x.refunded THEN 'captured_twice'
        WHEN x.status = 'succeeded' AND c.status = 'SUCCEEDED' AND x.captured <> c.amount + c.carried
          THEN 'amount_differs'
        WHEN x.status <> 'succeeded' AND c.status = 'SUCCEEDED' AND c.intent_id = x.id
          THEN 'not_captured'
        WHEN x.status = 'succeeded' AND c.status = 'SUCCEEDED' AND NOT coalesce(g.waits, FALSE)
          AND x.refunded <> coalesce(g.back, 0) THEN 'refunds_differ'
        WHEN x.status = 'requires_capture' AND c.status IN ('DECLINED', 'CANCELLED')
          THEN 'authorised_without_order'
        END AS kind,
        coalesce(c.status::TEXT, 'nothing') || ' ' || coalesce(c.amount + c.carried, 0) || ' back '
          || coalesce(g.back, 0) AS ours,
        x.status || ' ' || x.captured || ' back ' || x.refunded AS theirs
      FROM told x LEFT JOIN charges c ON c.order_id = x.order_id AND c.attempt = x.attempt
      LEFT JOIN given g ON g.order_id = x.order_id AND g.attempt = x.attempt
    UNION ALL
    SELECT c.intent_id, c.order_id, 'unknown_to_the_vendor', c.status || ' ' || c.amount, 'nothing'
      FROM charges c
      WHERE c.created_at >= p_since AND c.created_at < p_until AND c.status = 'SUCCEEDED'
        AND c.intent_id IS NOT NULL AND c.intent_id <> ALL (p_ids);
  DELETE FROM found_differences WHERE kind IS NULL;

  INSERT INTO payment_differences (intent_id, kind, order_id, ours, theirs, found_at)
    SELECT intent_id, kind, order_id, ours, theirs, p_now FROM found_differences
    ON CONFLICT (intent_id, kind) DO UPDATE SET ours = EXCLUDED.ours, theirs = EXCLUDED.theirs;
  -- What its balance says of a payment is judged by `judge_balance`.
  DELETE FROM payment_differences d
    WHERE d.intent_id = ANY (p_ids) AND d.kind <> 'not_in_the_balance' AND NOT EXISTS (
      SELECT 1 FROM found_differences f WHERE f.intent_id = d.intent_id AND f.kind = d.kind);
  SELECT count(*) INTO differing FROM found_differences f JOIN payment_differences d
    ON d.intent_id = f.intent_id AND d.kind = f.kind AND d.dismissed_at IS NULL;
  DROP TABLE found_differences;
END $$;

-- What somebody took off the list is on it again when it says something else.
CREATE OR REPLACE FUNCTION on_difference_moved() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  NEW.dismissed_at := NULL;
  RETURN NEW;
END $$;
