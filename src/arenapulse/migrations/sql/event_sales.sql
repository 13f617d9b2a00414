-- What an event has sold, at one moment, from the tables that sold it: there is no second count that
-- could differ. An order that was CONFIRMED once stays counted, whatever came after; one that was
-- not placed so became it by a payment, and none that was paid is cancelled.
CREATE OR REPLACE FUNCTION event_sales(
  p_event UUID,
  OUT orders BIGINT, OUT sold BIGINT, OUT held BIGINT, OUT checked_in BIGINT,
  OUT gross BIGINT, OUT fees BIGINT, OUT refunded BIGINT, OUT placed BIGINT, OUT paying BIGINT
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT
    coalesce(o.orders, 0), coalesce(s.sold, 0), coalesce(s.held, 0), t.checked_in,
    coalesce(o.gross, 0), coalesce(o.fees, 0), coalesce(r.refunded, 0), o.placed, o.paying
  FROM
    (SELECT count(*) FILTER (WHERE x.was_confirmed) AS orders,
            sum(x.total) FILTER (WHERE x.was_confirmed)::BIGINT AS gross,
            sum(x.fees) FILTER (WHERE x.was_confirmed)::BIGINT AS fees,
            count(*) AS placed,
            count(*) FILTER (WHERE x.was_confirmed OR x.payment_status <> 'PENDING') AS paying
       FROM (SELECT y.total, y.fees, y.payment_status, was_confirmed(y.status, y.placed_status) AS was_confirmed
               FROM orders y WHERE y.event_id = p_event AND (SELECT sees_event(p_event))) x) o,
    (SELECT sum(y.sold) AS sold, sum(y.held) AS held FROM stock y WHERE y.event_id = p_event) s,
    (SELECT count(*) AS checked_in FROM tickets y
       WHERE y.event_id = p_event AND y.status = 'CHECKED_IN'
         AND (SELECT sees_event(p_event))) t,
    (SELECT sum(y.amount)::BIGINT AS refunded
       FROM orders x JOIN refunds y ON y.order_id = x.id
       WHERE x.event_id = p_event AND x.status IN ('PARTIALLY_REFUNDED', 'REFUNDED')
         AND y.status = 'SUCCEEDED'
         -- What a bank sent back was not given: the ledger says so too.
         AND y.undone_at IS NULL AND (SELECT sees_event(p_event))) r
$$;
