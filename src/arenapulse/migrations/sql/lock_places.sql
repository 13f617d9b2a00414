-- The locks of whoever gives places of orders back or sells them, in the one order: stock rows,
-- promo rows, (event, person) counters. Before the orders themselves, always.
CREATE OR REPLACE FUNCTION lock_places(p_orders UUID[]) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  stock_ids BIGINT[]; promo_ids UUID[]; events UUID[]; people UUID[];
BEGIN
  -- An order's tickets never change their section, so the rows to lock are known beforehand.
  -- They are found first and locked by = ANY: a plan cached while a table was small may begin with
  -- it, and would read all of it later.
  SELECT array_agg(st.id) INTO stock_ids
    FROM (SELECT DISTINCT t.event_id, t.section_id FROM tickets t WHERE t.order_id = ANY (p_orders)) x
    LEFT JOIN stock st ON st.event_id = x.event_id AND st.section_id = x.section_id;
  SELECT array_agg(DISTINCT o.promo_id), array_agg(DISTINCT o.event_id), array_agg(DISTINCT o.user_id)
    INTO promo_ids, events, people FROM orders o WHERE o.id = ANY (p_orders);
  PERFORM 1 FROM stock WHERE id = ANY (stock_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM promo_codes WHERE id = ANY (promo_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM person_places
    WHERE event_id = ANY (events) AND person_id = ANY (people) AND (event_id, person_id) IN
      (SELECT o.event_id, o.user_id FROM orders o WHERE o.id = ANY (p_orders))
    ORDER BY event_id, person_id FOR NO KEY UPDATE;
END $$;
