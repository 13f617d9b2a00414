-- The locks of whoever gives places of orders back or sells them, in the one order: stock rows,
-- promo rows, (event, person) counters. Before the orders themselves, always.
CREATE OR REPLACE FUNCTION lock_places(p_orders UUID[]) RETURNS VOID
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
  -- An order's tickets never change their section, so the rows to lock are known beforehand.
  PERFORM 1 FROM stock WHERE (event_id, section_id) IN
      (SELECT t.event_id, t.section_id FROM tickets t WHERE t.order_id = ANY (p_orders))
    ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM promo_codes WHERE id IN
      (SELECT o.promo_id FROM orders o WHERE o.id = ANY (p_orders))
    ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM person_places WHERE (event_id, person_id) IN
      (SELECT o.event_id, o.user_id FROM orders o WHERE o.id = ANY (p_orders))
    ORDER BY event_id, person_id FOR NO KEY UPDATE;
END $$;
