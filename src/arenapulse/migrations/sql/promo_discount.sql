-- What a code takes off an order: off the amounts of the lines that it is for, rounded down; NULL where
-- it is for none of them or the person has used it up. Called with the code's row locked.
CREATE OR REPLACE FUNCTION promo_discount(
  p_promo UUID, p_kind TEXT, p_value INTEGER, p_each INTEGER, p_person UUID,
  p_sections UUID[], p_amounts BIGINT[]
) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  base BIGINT;
BEGIN
  IF p_each IS NOT NULL AND p_each <= (SELECT coalesce(max(pp.uses), 0) FROM promo_people pp
                                       WHERE pp.promo_id = p_promo AND pp.person_id = p_person) THEN
    RETURN NULL;
  END IF;
  SELECT sum(x.amount) INTO base
    FROM unnest(p_sections, p_amounts) x(section, amount) JOIN promo_codes c ON c.id = p_promo
    WHERE c.section_ids IS NULL OR x.section = ANY (c.section_ids);
  RETURN CASE WHEN base IS NULL THEN NULL
              WHEN p_kind = 'PERCENT' THEN base * p_value / 100 ELSE least(p_value, base) END;
END $$;
