-- Another promo code for a hold that nobody is paying, or none (p_code NULL): the use of the one it had
-- comes back, the discount, the tax and the total are worked out as place_orders does.
--
-- verdict: 0 it is so now · 1 no such hold that runs and is not being paid · 2 the code is refused
CREATE OR REPLACE FUNCTION use_promo(
  p_order UUID, p_user UUID, p_code TEXT, p_now TIMESTAMPTZ, OUT verdict INTEGER, OUT is_free BOOLEAN
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  hold RECORD; code RECORD;
  had UUID; wanted UUID; off BIGINT := 0; unlocked TEXT[] := '{}';
BEGIN
  verdict := 1; is_free := FALSE;
  SELECT o.promo_id, c.id INTO had, wanted
    FROM orders o
    LEFT JOIN promo_codes c ON c.event_id = o.event_id AND c.deleted_at IS NULL
      AND coalesce(c.code_key, lower(c.code)) = p_code
    WHERE o.id = p_order AND o.user_id = p_user AND o.status = 'PENDING';
  IF NOT FOUND THEN RETURN; END IF;

  -- The one lock order: stock rows (an order that costs nothing now is sold), promo rows, counters.
  PERFORM 1 FROM stock WHERE id = ANY (array(
      SELECT st.id FROM (SELECT DISTINCT t.event_id, t.section_id FROM tickets t WHERE t.order_id = p_order) x
      JOIN stock st ON st.event_id = x.event_id AND st.section_id = x.section_id))
    ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM promo_codes WHERE id = ANY (ARRAY[had, wanted]) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM person_places p
    WHERE p.event_id = (SELECT event_id FROM orders WHERE id = p_order) AND p.person_id = p_user
    FOR NO KEY UPDATE;
  SELECT o.* INTO hold FROM orders o
    WHERE o.id = p_order AND o.user_id = p_user AND o.status = 'PENDING' AND o.expires_at > p_now
      AND o.payment_status IN ('PENDING', 'FAILED') AND o.promo_id IS NOT DISTINCT FROM had
    FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;

  verdict := 2;
  IF p_code IS NOT NULL THEN
    SELECT c.* INTO code FROM promo_codes c WHERE c.id = wanted AND c.deleted_at IS NULL
      AND p_now >= coalesce(c.valid_from, p_now) AND p_now < coalesce(c.valid_until, 'infinity');
    IF NOT FOUND THEN RETURN; END IF;
    IF wanted = had THEN verdict := 0; RETURN; END IF;
    IF code.uses >= code.max_uses THEN RETURN; END IF;
    off := promo_discount(
      wanted, code.kind, code.value, code.max_per_person, p_user,
      array(SELECT section_id FROM tickets WHERE order_id = p_order ORDER BY number),
      array(SELECT amount::BIGINT FROM tickets WHERE order_id = p_order ORDER BY number));
    IF off IS NULL THEN RETURN; END IF;
    unlocked := code.unlocks;
  END IF;
  -- A level that only codes sell stays with one that unlocks it.
  IF EXISTS (SELECT 1 FROM tickets t JOIN promo_codes c ON c.event_id = t.event_id
             WHERE t.order_id = p_order AND t.price_level = ANY (c.unlocks)
               AND NOT t.price_level = ANY (unlocked)) THEN
    RETURN;
  END IF;

  IF had IS NOT NULL THEN
    UPDATE promo_codes SET uses = uses - 1 WHERE id = had;
    UPDATE promo_people SET uses = uses - 1 WHERE promo_id = had AND person_id = p_user;
  END IF;
  IF wanted IS NOT NULL THEN
    UPDATE promo_codes SET uses = uses + 1 WHERE id = wanted;
    IF code.max_per_person IS NOT NULL THEN
      INSERT INTO promo_people AS pp (promo_id, person_id, uses) VALUES (wanted, p_user, 1)
        ON CONFLICT (promo_id, person_id) DO UPDATE SET uses = pp.uses + 1;
    END IF;
  END IF;
  UPDATE orders SET promo_id = wanted, discount = off, total = hold.subtotal + hold.fees - off,
      tax = tax_inside(hold.subtotal + hold.fees - off, hold.tax_rate)
    WHERE id = p_order;
  UPDATE tickets SET discount = 0 WHERE order_id = p_order AND discount > 0;
  IF off > 0 THEN PERFORM spread_discounts(ARRAY[p_order]); END IF;
  verdict := 0; is_free := hold.subtotal + hold.fees = off;
END $$;
