-- Whether an order was CONFIRMED at some time: placed so, or paid, which no cancelling undoes.
CREATE OR REPLACE FUNCTION was_confirmed(p_status order_status, p_placed order_status)
RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS $$
  SELECT p_placed = 'CONFIRMED' OR p_status IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED')
$$;
