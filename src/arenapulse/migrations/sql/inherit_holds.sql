-- A visitor's holds become an account's, as far as its caps allow, and last as long as any hold from
-- their creation on. The same id for both: the visitor got a name. Says which did, and which of
-- these cost nothing. Called before the account's row is locked. p_held_max: places that one person
-- may hold unpaid over all events; NULL for no bound.
CREATE OR REPLACE FUNCTION inherit_holds(
  p_guest UUID, p_heir UUID, p_now TIMESTAMPTZ, p_held_max INTEGER,
  OUT moved UUID[], OUT free UUID[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  held UUID[]; events UUID[]; stock_ids BIGINT[]; promo_ids UUID[];
  hold RECORD;
  had INTEGER; used INTEGER; holds INTEGER := 0;
BEGIN
  moved := '{}'; free := '{}';
  SELECT array_agg(o.id), array_agg(DISTINCT o.event_id), array_agg(DISTINCT o.promo_id)
    INTO held, events, promo_ids
    FROM orders o WHERE o.user_id = p_guest AND o.status = 'PENDING' AND o.expires_at > p_now;
  IF held IS NULL THEN RETURN; END IF;

  -- The one lock order: stock rows, promo rows, (event, person) counters, both people's at once.
  SELECT array_agg(st.id) INTO stock_ids
    FROM (SELECT DISTINCT t.event_id, t.section_id FROM tickets t WHERE t.order_id = ANY (held)) x
    LEFT JOIN stock st ON st.event_id = x.event_id AND st.section_id = x.section_id;
  PERFORM 1 FROM stock WHERE id = ANY (stock_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM promo_codes WHERE id = ANY (promo_ids) ORDER BY id FOR NO KEY UPDATE;
  INSERT INTO person_places (event_id, person_id, places)
    SELECT e.id, p_heir, 0 FROM events e
    WHERE e.id = ANY (events) AND e.max_per_person IS NOT NULL ORDER BY 1 ON CONFLICT DO NOTHING;
  PERFORM 1 FROM person_places WHERE event_id = ANY (events) AND person_id IN (p_guest, p_heir)
    ORDER BY event_id, person_id FOR NO KEY UPDATE;

  IF p_guest <> p_heir AND p_held_max IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_heir, 0));
    SELECT count(*) INTO holds FROM orders o JOIN tickets t ON t.order_id = o.id
      WHERE o.user_id = p_heir AND o.status = 'PENDING'
        AND (o.expires_at > p_now OR in_flight(o.payment_status));
  END IF;

  FOR hold IN
    SELECT o.id, o.event_id, o.promo_id, o.total, o.idempotency_key, e.max_per_person,
        c.max_per_person AS max_uses,
        (SELECT count(*)::INTEGER FROM tickets t WHERE t.order_id = o.id) AS places
      FROM orders o JOIN events e ON e.id = o.event_id LEFT JOIN promo_codes c ON c.id = o.promo_id
      WHERE o.id = ANY (held) AND o.user_id = p_guest AND o.status = 'PENDING'
        AND o.expires_at > p_now
      ORDER BY o.id FOR NO KEY UPDATE OF o
  LOOP
    IF p_guest <> p_heir THEN
      SELECT p.places INTO had FROM person_places p
        WHERE p.event_id = hold.event_id AND p.person_id = p_heir;
      CONTINUE WHEN coalesce(had, 0) + hold.places > hold.max_per_person
        OR holds + hold.places > p_held_max;
      SELECT pp.uses INTO used FROM promo_people pp
        WHERE pp.promo_id = hold.promo_id AND pp.person_id = p_heir;
      CONTINUE WHEN coalesce(used, 0) >= hold.max_uses;
      holds := holds + hold.places;
      UPDATE person_places p
        SET places = p.places + CASE p.person_id WHEN p_heir THEN hold.places ELSE -hold.places END
        WHERE p.event_id = hold.event_id AND p.person_id IN (p_guest, p_heir);
      IF hold.max_uses IS NOT NULL THEN
        UPDATE promo_people pp SET uses = pp.uses - 1
          WHERE pp.promo_id = hold.promo_id AND pp.person_id = p_guest;
        INSERT INTO promo_people AS pp (promo_id, person_id, uses) VALUES (hold.promo_id, p_heir, 1)
          ON CONFLICT (promo_id, person_id) DO UPDATE SET uses = pp.uses + 1;
      END IF;
    END IF;
    UPDATE orders o SET user_id = p_heir,
        expires_at = greatest(o.expires_at, o.created_at + make_interval(secs => o.hold_seconds)),
        -- A key that the account used for another order stays that order's.
        idempotency_key = CASE WHEN p_guest <> p_heir AND EXISTS (
            SELECT 1 FROM orders old WHERE old.user_id = p_heir
              AND old.idempotency_key = hold.idempotency_key)
          THEN NULL ELSE o.idempotency_key END
      WHERE o.id = hold.id;
    moved := moved || hold.id;
    IF hold.total = 0 THEN free := free || hold.id; END IF;
  END LOOP;
END $$;
