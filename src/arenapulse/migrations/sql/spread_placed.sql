-- The fact OrdersPlaced as who reacts to it reads it: each order as it was when it was placed.
CREATE OR REPLACE FUNCTION spread_placed(
  p_reactions TEXT[], p_fact UUID, p_at TIMESTAMPTZ, p_orders UUID[], p_places INTEGER[]
) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  PERFORM record_fact(p_reactions, json_build_object(
    'fact_id', p_fact, 'at', p_at,
    'orders', (
      SELECT json_agg(json_build_object(
          'order_id', o.id, 'event_id', o.event_id, 'organization_id', e.organization_id,
          'user_id', o.user_id, 'status', o.placed_status,
          'payment_status', o.placed_payment_status,
          'payment_method', o.payment_method, 'places', x.places, 'total', o.total,
          'currency', o.currency) ORDER BY x.i)
        FROM unnest(p_orders, p_places) WITH ORDINALITY x(id, places, i)
        CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = x.id LIMIT 1) o
        CROSS JOIN LATERAL (SELECT * FROM events WHERE id = o.event_id LIMIT 1) e)));
END $$;
