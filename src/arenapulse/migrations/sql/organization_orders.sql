-- The orders of an organization's events for who oversees them, newest first, by keyset: ids alone.
-- `p_people` are those that the search's words found, `p_order` the order that they name; both NULL
-- where nobody searches.
CREATE OR REPLACE FUNCTION organization_orders(
  p_organization UUID, p_event UUID, p_status TEXT, p_people UUID[], p_order UUID,
  p_before UUID, p_limit INTEGER
) RETURNS SETOF UUID LANGUAGE sql STABLE AS $$
  SELECT o.id FROM events e CROSS JOIN LATERAL (
      SELECT x.id FROM orders x
      WHERE x.event_id = e.id
        AND (p_before IS NULL OR x.id < p_before)
        AND (p_status IS NULL OR x.status = p_status::order_status)
        AND (p_people IS NULL AND p_order IS NULL
             OR x.user_id = ANY (p_people) OR x.id = p_order)
      ORDER BY x.id DESC LIMIT p_limit
    ) o
  WHERE e.organization_id = p_organization AND (p_event IS NULL OR e.id = p_event)
  ORDER BY o.id DESC LIMIT p_limit
$$;

-- People whose e-mail begins with the words, or whose name has them, whatever the case.
CREATE OR REPLACE FUNCTION people_like(p_words TEXT, p_limit INTEGER)
RETURNS SETOF UUID LANGUAGE sql STABLE AS $$
  SELECT u.id FROM users u
  WHERE u.erased_at IS NULL
    AND (starts_with(u.email, lower(p_words)) OR position(lower(p_words) IN lower(u.full_name)) > 0)
  LIMIT p_limit
$$;
