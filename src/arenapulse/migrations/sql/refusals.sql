-- Why place_in_turn refuses, in the order in which it asks; the numbers are the verdicts of place_orders,
-- 0 is no refusal. Whose body is one expression becomes part of the one that names it.

-- By what the event allows, before any place is looked at.
CREATE OR REPLACE FUNCTION order_refusal(
  is_buyer BOOLEAN, to_buyers INTEGER, at_box_office INTEGER, places INTEGER, places_max INTEGER
) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN NOT is_buyer THEN at_box_office
              WHEN to_buyers <> 0 THEN to_buyers
              WHEN places > places_max THEN 6
              ELSE 0 END
$$;

-- A level that a code unlocks, asked for without that code. The locked ones are named by their event's
-- number and their name.
CREATE OR REPLACE FUNCTION level_is_locked(
  locked_levels TEXT[], event_number INTEGER, level TEXT, p_promo UUID
) RETURNS BOOLEAN LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN event_number || ':' || level = ANY (locked_levels) AND NOT EXISTS (
    SELECT 1 FROM promo_codes c WHERE c.id = p_promo AND level = ANY (c.unlocks));
END $$;

-- By what a line asks for, before its seats are looked at one by one.
CREATE OR REPLACE FUNCTION line_refusal(
  stock BIGINT, amount INTEGER, is_locked BOOLEAN, promo INTEGER,
  seats INTEGER, named INTEGER, free INTEGER, wanted INTEGER
) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN stock IS NULL OR amount IS NULL THEN 8
              WHEN is_locked THEN CASE WHEN promo = 0 THEN 8 ELSE 13 END
              WHEN (seats > 0) <> (named > 0) THEN 11
              WHEN free < wanted THEN 1
              ELSE 0 END
$$;

-- By what it costs: what is free costs nothing, and what is not sold at once counts as held. `places_left`
-- is NULL where nobody counts; a visitor may hold ten of them at most.
CREATE OR REPLACE FUNCTION money_refusal(
  pay INTEGER, total BIGINT, is_sold BOOLEAN, places INTEGER, places_left INTEGER, held_max INTEGER
) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN pay = 2 AND total > 0 THEN 10
              WHEN NOT is_sold
                AND places > places_left - CASE WHEN pay < 0 THEN greatest(held_max - 10, 0) ELSE 0 END
                THEN 14
              ELSE 0 END
$$;
