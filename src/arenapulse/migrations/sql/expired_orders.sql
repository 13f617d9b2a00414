-- Holds that ran out and whose places nobody's payment is after, the oldest first; of some events, or of
-- all (p_events NULL). For the house itself.
CREATE OR REPLACE FUNCTION expired_orders(p_now TIMESTAMPTZ, p_limit INTEGER, p_events UUID[])
RETURNS SETOF UUID
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT id FROM orders
    WHERE status = 'PENDING' AND expires_at <= p_now AND NOT in_flight(payment_status)
      AND (p_events IS NULL OR event_id = ANY (p_events)) AND (SELECT sees_all())
    ORDER BY expires_at LIMIT p_limit
$$;
