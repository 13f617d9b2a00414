-- The tickets that stand and the money of orders ever CONFIRMED, by when the orders were placed.
CREATE OR REPLACE FUNCTION sales_over_time(p_event UUID, p_bucket TEXT)
RETURNS TABLE (at TIMESTAMPTZ, tickets BIGINT, revenue BIGINT) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT at, tickets, revenue FROM sales_between(p_event, p_bucket, NULL, NULL)
$$;
