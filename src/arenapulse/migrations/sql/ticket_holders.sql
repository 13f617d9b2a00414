-- People who hold tickets of an event, by id: of one section, or those not inside yet; from p_after on.
CREATE OR REPLACE FUNCTION ticket_holders(
  p_event UUID, p_section UUID, p_outside BOOLEAN, p_after UUID, p_limit INTEGER
) RETURNS SETOF UUID
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT coalesce(t.holder_id, o.user_id)
    FROM orders o JOIN tickets t ON t.order_id = o.id
    WHERE o.event_id = p_event AND o.payment_method <> 'box_office'
      AND (p_section IS NULL OR t.section_id = p_section)
      AND (t.status = 'VALID' OR t.status = 'CHECKED_IN' AND NOT p_outside)
      AND (p_after IS NULL OR coalesce(t.holder_id, o.user_id) > p_after)
      AND (SELECT sees_event(p_event))
    ORDER BY 1 LIMIT p_limit
$$;
