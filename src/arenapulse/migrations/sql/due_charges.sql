-- A due charge for each order, and a wake-up where none waits yet: one that is taken before we commit
-- finds ours a moment later, when the call that it begins ends or the worker looks by itself. Where
-- others of the organization have waited for a second nobody is called: the workers are at those
-- before ours, or away. Called by place_orders and by POST /orders/{id}/payment, in their
-- transaction. Says for how many: an order whose attempts are used up gets none, one with an open
-- charge raises unique_violation.
CREATE OR REPLACE FUNCTION due_charges(p_orders UUID[], p_tokens TEXT[], p_now TIMESTAMPTZ)
RETURNS INTEGER LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  made INTEGER;
BEGIN
  INSERT INTO charges (order_id, attempt, organization_id, amount, currency, token, status, due_at,
      created_at)
    SELECT o.id, 1 + coalesce(before.attempt, 0), e.organization_id, o.total, o.currency, x.token,
        'DUE', p_now, p_now
      FROM unnest(p_orders, p_tokens) x(id, token)
      JOIN orders o ON o.id = x.id
      JOIN events e ON e.id = o.event_id
      LEFT JOIN LATERAL (
        SELECT c.attempt FROM charges c WHERE c.order_id = o.id ORDER BY c.attempt DESC LIMIT 1
      ) before ON TRUE
      WHERE coalesce(before.attempt, 0) < 5;
  GET DIAGNOSTICS made = ROW_COUNT;
  IF made > 0 AND NOT EXISTS (
      SELECT 1 FROM charges c
        WHERE c.organization_id = (SELECT e.organization_id FROM orders o
            JOIN events e ON e.id = o.event_id WHERE o.id = p_orders[1])
          AND c.due_at IS NOT NULL AND c.taken_by IS NULL AND c.stuck_at IS NULL
          -- What was taken stays in the index for a while: few of them are looked at.
          AND c.due_at BETWEEN p_now - interval '10 s' AND p_now - interval '1 s') THEN
    INSERT INTO pgqueuer (priority, status, entrypoint, payload)
      SELECT 0, 'queued', 'payments.charge_due', '{}' WHERE NOT EXISTS (
        SELECT 1 FROM pgqueuer WHERE entrypoint = 'payments.charge_due' AND status = 'queued');
  END IF;
  RETURN made;
END $$;
