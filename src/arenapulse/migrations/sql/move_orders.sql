-- The guard of settle_orders: the one statement that moves orders, by the tables of moves and by the
-- conditions of each move; those that are not in such a state are left alone. Says which moved, and
-- from where. Called with their places locked.
CREATE OR REPLACE FUNCTION move_orders(
  p_orders UUID[], p_to order_status, p_now TIMESTAMPTZ, p_force BOOLEAN, p_numbers SMALLINT[],
  OUT moved UUID[], OUT old_status order_status[]
) LANGUAGE plpgsql AS $$
BEGIN
  IF p_to = 'CANCELLED' AND NOT p_force THEN
    -- Nobody goes in between the look and the move; orders before tickets, as who passes one on.
    PERFORM 1 FROM orders o WHERE o.id = ANY (p_orders) ORDER BY o.id FOR NO KEY UPDATE;
    PERFORM 1 FROM tickets t WHERE t.order_id = ANY (p_orders)
      ORDER BY t.order_id, t.number FOR NO KEY UPDATE;
  END IF;
  WITH before AS (
    SELECT o.id, o.status FROM orders o WHERE o.id = ANY (p_orders) ORDER BY o.id FOR NO KEY UPDATE
  ), changed AS (
    UPDATE orders o SET status = p_to,
        payment_status = CASE
          WHEN p_to = 'CONFIRMED' AND o.total = 0 THEN 'NOT_REQUIRED'
          WHEN p_to = 'CONFIRMED' THEN 'SUCCEEDED'
          WHEN p_to = 'REFUNDED' THEN 'REFUNDED'
          WHEN o.payment_method = 'card' AND may_move(o.payment_status, 'FAILED') THEN 'FAILED'
          ELSE o.payment_status END::payment_status
      FROM before b
      WHERE o.id = b.id AND o.id = ANY (p_orders) AND may_move(o.status, p_to) AND CASE p_to
        WHEN 'CONFIRMED' THEN may_move(o.payment_status, 'SUCCEEDED')
        WHEN 'EXPIRED' THEN o.expires_at <= p_now AND NOT in_flight(o.payment_status)
        WHEN 'CANCELLED' THEN CASE o.status
          WHEN 'PENDING' THEN p_force OR o.payment_status <> 'PROCESSING'
          ELSE o.payment_status IN ('NOT_REQUIRED', 'PENDING')
            AND (p_force OR NOT EXISTS (SELECT 1 FROM tickets t
                                        WHERE t.order_id = o.id AND t.status = 'CHECKED_IN')) END
        WHEN 'REFUNDED' THEN p_numbers IS NOT NULL AND may_move(o.payment_status, 'REFUNDED')
        ELSE p_numbers IS NOT NULL END
      RETURNING o.id, b.status AS old
  )
  SELECT coalesce(array_agg(c.id), '{}'), coalesce(array_agg(c.old), '{}')
    INTO moved, old_status FROM changed c;
END $$;
