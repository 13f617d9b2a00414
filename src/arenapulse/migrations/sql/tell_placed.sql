-- The fact OrdersPlaced for those of a batch that were sold as they were placed, to who reacts to it.
-- On the hot path that is one row: a worker spreads it when there is time. Code of before, beside us
-- during a release, names who reacts, and gets what it knows.
CREATE OR REPLACE FUNCTION tell_placed(
  p_reactions TEXT[], p_now TIMESTAMPTZ, p_orders UUID[], p_places INTEGER[]
) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  IF p_reactions = ARRAY['orders.spread_placed'] THEN
    PERFORM record_fact(p_reactions, json_build_object(
      'fact_id', gen_random_uuid(), 'at', p_now, 'orders', p_orders, 'places', p_places));
  ELSE
    PERFORM spread_placed(p_reactions, gen_random_uuid(), p_now, p_orders, p_places);
  END IF;
END $$;
