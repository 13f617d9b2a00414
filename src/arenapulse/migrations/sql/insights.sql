-- Where visits came from, and whose orders these became: told by pages, the first word stands.
CREATE OR REPLACE FUNCTION attribute_visits(
  p_event UUID[], p_session BIGINT[], p_source TEXT[],
  p_order_event UUID[], p_order UUID[], p_order_session BIGINT[], p_now TIMESTAMPTZ
) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO analytics_sources (event_id, session, source, at)
    SELECT x.event_id, x.session, x.source, p_now
      FROM unnest(p_event, p_session, p_source) x(event_id, session, source)
      WHERE x.event_id IN (SELECT e.id FROM events e WHERE e.id = ANY (p_event))
      ORDER BY x.event_id, x.session
    ON CONFLICT DO NOTHING;
  INSERT INTO analytics_orders (event_id, order_id, session, at)
    SELECT x.event_id, x.order_id, x.session, p_now
      FROM unnest(p_order_event, p_order, p_order_session) x(event_id, order_id, session)
      WHERE x.event_id IN (SELECT e.id FROM events e WHERE e.id = ANY (p_order_event))
      ORDER BY x.event_id, x.order_id
    ON CONFLICT DO NOTHING;
$$;

-- An event's orders ever CONFIRMED by where their visit came from; NULL is nobody said it: its tickets are
-- what of those sold is left when the others' are taken off, so that none is read for it. Past a hundred words
-- the rest are one, however many pages tell.
CREATE OR REPLACE FUNCTION event_channels(p_event UUID)
RETURNS TABLE (source TEXT, visitors BIGINT, orders BIGINT, tickets BIGINT, revenue BIGINT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH known AS MATERIALIZED (
    SELECT s.source, o.id, o.total
      FROM orders o
      LEFT JOIN analytics_orders a ON a.event_id = p_event AND a.order_id = o.id
      LEFT JOIN analytics_sources s ON s.event_id = p_event AND s.session = a.session
      WHERE o.event_id = p_event AND was_confirmed(o.status, o.placed_status)
        AND (SELECT sees_event(p_event))
  ), held AS (
    SELECT t.order_id, count(*) AS tickets FROM tickets t
      WHERE t.order_id = ANY (ARRAY(SELECT k.id FROM known k WHERE k.source IS NOT NULL))
        AND t.status IN ('VALID', 'CHECKED_IN')
      GROUP BY 1
  ), told AS (
    SELECT k.source, count(*) AS orders, sum(h.tickets)::BIGINT AS tickets, sum(k.total)::BIGINT AS revenue
      FROM known k LEFT JOIN held h ON h.order_id = k.id GROUP BY 1
  ), sold AS (
    SELECT t.source, t.orders, t.revenue,
           CASE WHEN t.source IS NOT NULL THEN t.tickets
                ELSE (SELECT sum(y.sold) FROM stock y WHERE y.event_id = p_event)
                     - coalesce(sum(t.tickets) OVER (), 0) END::BIGINT AS tickets
      FROM told t
  ), came AS (
    SELECT s.source, count(*) AS visitors FROM analytics_sources s WHERE s.event_id = p_event GROUP BY 1
    UNION ALL
    SELECT NULL, greatest(0, coalesce(min(v.sessions), 0)
                             - (SELECT count(*) FROM analytics_sources s WHERE s.event_id = p_event))
      FROM analytics_totals v WHERE v.event_id = p_event AND v.type = 'view'
  ), found AS (
    SELECT coalesce(c.source, s.source) AS source, coalesce(c.visitors, 0) AS visitors,
           coalesce(s.orders, 0) AS orders, coalesce(s.tickets, 0) AS tickets,
           coalesce(s.revenue, 0) AS revenue
      FROM came c FULL JOIN sold s ON coalesce(s.source, '') = coalesce(c.source, '')
  ), named AS (
    -- No page can tell a word in brackets.
    SELECT CASE WHEN row_number() OVER (ORDER BY f.source IS NULL DESC, f.revenue DESC, f.visitors DESC, f.source) <= 100
                THEN f.source ELSE '(other)' END AS source, f.visitors, f.orders, f.tickets, f.revenue
      FROM found f
  )
  SELECT n.source, sum(n.visitors)::BIGINT, sum(n.orders)::BIGINT, sum(n.tickets)::BIGINT, sum(n.revenue)::BIGINT
    FROM named n GROUP BY n.source ORDER BY 5 DESC, 2 DESC, 1
$$;

-- Buyers of an organization by the month of their first order, and how many of them bought in each
-- month after it; the months are UTC.
CREATE OR REPLACE FUNCTION buyer_cohorts(p_organization UUID, p_since TIMESTAMPTZ)
RETURNS TABLE (cohort DATE, months INTEGER, buyers BIGINT, orders BIGINT, revenue BIGINT, currency TEXT)
LANGUAGE sql STABLE AS $$
  -- A line a buyer, month and currency first: what is told of a month is worked out but once for it.
  WITH bought AS (
    SELECT o.user_id, o.currency, date_trunc('month', o.created_at, 'UTC') AS month,
           count(*) AS orders, sum(o.total) AS revenue
      FROM events e JOIN orders o ON o.event_id = e.id
      WHERE e.organization_id = p_organization AND was_confirmed(o.status, o.placed_status)
        AND o.payment_method IN ('card', 'free')
      GROUP BY 1, 2, 3
  ), came AS (
    SELECT b.*, min(b.month) OVER (PARTITION BY b.user_id) AS first FROM bought b
  ), counted AS (
    SELECT c.first AT TIME ZONE 'UTC' AS first, c.month AT TIME ZONE 'UTC' AS month, c.currency,
           count(*) AS buyers, sum(c.orders)::BIGINT AS orders, sum(c.revenue)::BIGINT AS revenue
      FROM came c WHERE c.first >= p_since GROUP BY c.first, c.month, c.currency
  )
  SELECT c.first::DATE,
         (12 * (extract(year FROM c.month) - extract(year FROM c.first))
          + extract(month FROM c.month) - extract(month FROM c.first))::INTEGER,
         c.buyers, c.orders, c.revenue, c.currency
    FROM counted c ORDER BY 1, 2, 6 LIMIT 2000
$$;

-- An event as it stood at a moment: what of today's standing orders and tickets was there by then,
-- who had gone in, and who of them was inside: whose last scan by then was one in.
DROP FUNCTION IF EXISTS event_at(UUID, TIMESTAMPTZ);
CREATE FUNCTION event_at(p_event UUID, p_at TIMESTAMPTZ)
RETURNS TABLE (section_id UUID, sold BIGINT, revenue BIGINT, checked_in BIGINT, inside BIGINT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH sold AS (
    SELECT t.section_id, count(*) FILTER (WHERE t.status IN ('VALID', 'CHECKED_IN')) AS sold,
           coalesce(sum(t.amount + t.fee - t.discount)
                      FILTER (WHERE t.from_number IS NULL), 0)::BIGINT AS revenue
      FROM tickets t
      WHERE t.order_id = ANY ((SELECT confirmed_orders(p_event, p_at))::UUID[])
        AND (SELECT sees_event(p_event))
      GROUP BY 1
  ), scanned AS (
    SELECT c.order_id, c.number, any_value(c.section_id) AS section_id,
           bool_or(c.result = 'ADMITTED' OR c.conflict IN (7, 8, 12, 13)) AS came,
           max(c.scanned_at) FILTER (WHERE c.result = 'ADMITTED' OR c.conflict IN (2, 7, 8, 12, 13)) AS last_in,
           max(c.scanned_at) FILTER (WHERE c.result = 'LEFT' OR c.conflict = 10) AS last_out
      FROM checkins c
      WHERE c.event_id = p_event AND c.scanned_at <= p_at AND (SELECT sees_event(p_event))
      GROUP BY 1, 2
  ), went AS (
    -- Scans say which section they were for since 0129; those of before are asked of their tickets.
    SELECT coalesce(x.section_id, (SELECT t.section_id FROM tickets t
                                     WHERE t.order_id = x.order_id AND t.number = x.number)) AS section_id,
           count(*) AS checked_in,
           count(*) FILTER (WHERE x.last_out IS NULL OR x.last_in > x.last_out) AS inside
      FROM scanned x WHERE x.came GROUP BY 1
  )
  SELECT s.section_id, s.sold, s.revenue, coalesce(w.checked_in, 0), coalesce(w.inside, 0)
    FROM sold s LEFT JOIN went w USING (section_id)
$$;
