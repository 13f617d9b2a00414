-- What anybody may know of an event's promo codes: which price levels are hidden, and what a code gives
-- that they know. The codes themselves are behind the wall. plpgsql, since it keeps its plans: lists ask
-- for each of their events.
CREATE OR REPLACE FUNCTION locked_levels(p_events UUID[], p_code TEXT)
RETURNS TABLE (event_id UUID, level TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- One stays hidden when its code is deleted or over.
  RETURN QUERY SELECT c.event_id, l.level
    FROM promo_codes c CROSS JOIN unnest(c.unlocks) l(level)
    WHERE c.event_id = ANY (p_events) AND c.unlocks <> '{}'
    GROUP BY c.event_id, l.level
    HAVING NOT coalesce(bool_or(c.deleted_at IS NULL
      AND coalesce(c.code_key, lower(c.code)) = p_code), FALSE);
END $$;

CREATE OR REPLACE FUNCTION promo_offer(p_event UUID, p_code TEXT)
RETURNS TABLE (kind TEXT, value INTEGER, section_ids UUID[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT c.kind, c.value, c.section_ids FROM promo_codes c
    WHERE c.event_id = p_event AND c.deleted_at IS NULL
      AND coalesce(c.code_key, lower(c.code)) = p_code
      AND coalesce(c.valid_from, now()) <= now() AND coalesce(c.valid_until, 'infinity') > now()
      AND c.uses < coalesce(c.max_uses, c.uses + 1);
END $$;
