-- The orders of an organization's events for who oversees them, newest first, by keyset: ids alone.
-- `p_people` are those that the search's words found, `p_words` the words themselves where they found
-- more people than can be named, `p_order` the order that they name; all NULL where nobody searches.
CREATE OR REPLACE FUNCTION organization_orders(
  p_organization UUID, p_event UUID, p_status TEXT, p_people UUID[], p_order UUID,
  p_before UUID, p_limit INTEGER, p_words TEXT
) RETURNS SETOF UUID LANGUAGE sql STABLE AS $$
  SELECT o.id FROM events e CROSS JOIN LATERAL (
      SELECT x.id FROM orders x
      WHERE x.event_id = e.id
        AND (p_before IS NULL OR x.id < p_before)
        AND (p_status IS NULL OR x.status = p_status::order_status)
        AND (p_people IS NULL AND p_order IS NULL AND p_words IS NULL
             OR x.user_id = ANY (p_people) OR x.id = p_order
             OR p_words IS NOT NULL AND EXISTS (
               SELECT 1 FROM users u WHERE u.id = x.user_id AND is_like(u, p_words)))
      ORDER BY x.id DESC LIMIT p_limit
    ) o
  WHERE e.organization_id = p_organization AND (p_event IS NULL OR e.id = p_event)
  ORDER BY o.id DESC LIMIT p_limit
$$;

-- As servers of the version before ask for it.
CREATE OR REPLACE FUNCTION organization_orders(
  p_organization UUID, p_event UUID, p_status TEXT, p_people UUID[], p_order UUID,
  p_before UUID, p_limit INTEGER
) RETURNS SETOF UUID LANGUAGE sql STABLE AS $$
  SELECT organization_orders(
    p_organization, p_event, p_status, p_people, p_order, p_before, p_limit, NULL)
$$;

-- Those of which a refund failed and none was made since, as the live page counts them: few, so they are
-- looked for from their refunds.
CREATE OR REPLACE FUNCTION orders_refund_failed(
  p_organization UUID, p_event UUID, p_status TEXT, p_people UUID[], p_order UUID,
  p_before UUID, p_limit INTEGER, p_words TEXT
) RETURNS SETOF UUID LANGUAGE sql STABLE AS $$
  SELECT DISTINCT x.id FROM refunds f JOIN orders x ON x.id = f.order_id JOIN events e ON e.id = x.event_id
    WHERE f.status = 'FAILED' AND e.organization_id = p_organization
      AND (p_event IS NULL OR e.id = p_event)
      AND NOT EXISTS (SELECT 1 FROM refunds y WHERE y.order_id = f.order_id
                        AND y.created_at > f.created_at AND y.status <> 'FAILED')
      AND (p_before IS NULL OR x.id < p_before)
      AND (p_status IS NULL OR x.status = p_status::order_status)
      AND (p_people IS NULL AND p_order IS NULL AND p_words IS NULL
           OR x.user_id = ANY (p_people) OR x.id = p_order
           OR p_words IS NOT NULL AND EXISTS (
             SELECT 1 FROM users u WHERE u.id = x.user_id AND is_like(u, p_words)))
    ORDER BY x.id DESC LIMIT p_limit
$$;

-- Whether somebody's e-mail begins with the words, or their name has them, whatever the case.
CREATE OR REPLACE FUNCTION is_like(u users, p_words TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
  SELECT u.erased_at IS NULL
    AND (starts_with(u.email, lower(p_words)) OR position(lower(p_words) IN lower(u.full_name)) > 0)
$$;

-- Such people of the whole platform: as many as asked for where there are more, whichever.
CREATE OR REPLACE FUNCTION people_like(p_words TEXT, p_limit INTEGER)
RETURNS SETOF UUID LANGUAGE sql STABLE AS $$
  SELECT u.id FROM users u WHERE is_like(u, p_words) LIMIT p_limit
$$;
