-- Moves orders out of PENDING (or CONFIRMED with nothing paid out to CANCELLED), with their tickets,
-- their places and their counters, in one transaction and by the one lock order.
--
-- p_to: 'EXPIRED'   PENDING, past its hold, no payment in flight
--       'CANCELLED' PENDING with no payment in flight or waiting for the person, or CONFIRMED with
--                   nothing paid and nobody checked in; p_force: whatever is not final (the event is off)
--       'CONFIRMED' PENDING: the places turn from held to sold
--       'PARTIALLY_REFUNDED', 'REFUNDED' what was CONFIRMED by card: the places of the tickets
--                   numbered p_numbers (of the one order) go back, checked in or not
-- Orders that are not in such a state are left alone; `moved` says which were moved.
-- p_moved, p_tickets: who reacts to the facts OrdersMoved and TicketsChanged.
-- Returns the stock rows that changed, and the events whose status flipped.
CREATE OR REPLACE FUNCTION settle_orders(
  p_orders UUID[], p_to order_status, p_now TIMESTAMPTZ, p_force BOOLEAN,
  p_numbers SMALLINT[] DEFAULT NULL,
  p_moved TEXT[] DEFAULT NULL, p_tickets TEXT[] DEFAULT NULL,
  OUT moved UUID[], OUT event_of UUID[], OUT section_of UUID[],
  OUT slot_capacity INTEGER[], OUT slot_held INTEGER[], OUT slot_sold INTEGER[],
  OUT slot_blocked INTEGER[], OUT slot_rev BIGINT[],
  OUT flipped_event UUID[], OUT flipped_status TEXT[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  ticket_to ticket_status := CASE p_to WHEN 'CONFIRMED' THEN 'VALID' ELSE 'VOID' END;
  was_sold UUID[]; old_status order_status[];
  ticket_order UUID[] := '{}'; ticket_number SMALLINT[] := '{}';
  change RECORD;
  seat INTEGER;
  taken BYTEA; sold_map BYTEA;
  stock_ids BIGINT[] := '{}'; promo_ids UUID[]; events_of UUID[]; people UUID[];
BEGIN
  PERFORM lock_places(p_orders);

  WITH before AS (
    SELECT o.id, o.status FROM orders o WHERE o.id = ANY (p_orders) ORDER BY o.id FOR NO KEY UPDATE
  ), changed AS (
    UPDATE orders o SET status = p_to,
        payment_status = CASE
          WHEN p_to = 'CONFIRMED' THEN 'SUCCEEDED'
          WHEN p_to = 'REFUNDED' THEN 'REFUNDED'
          WHEN o.payment_method = 'card' AND may_move(o.payment_status, 'FAILED') THEN 'FAILED'
          ELSE o.payment_status END::payment_status
      FROM before b
      WHERE o.id = b.id AND o.id = ANY (p_orders) AND may_move(o.status, p_to) AND CASE p_to
        WHEN 'CONFIRMED' THEN may_move(o.payment_status, 'SUCCEEDED')
        WHEN 'EXPIRED' THEN o.expires_at <= p_now AND NOT in_flight(o.payment_status)
        WHEN 'CANCELLED' THEN CASE o.status
          WHEN 'PENDING' THEN p_force OR o.payment_status <> 'PROCESSING'
          ELSE o.payment_status IN ('NOT_REQUIRED', 'PENDING')
            AND (p_force OR NOT EXISTS (SELECT 1 FROM tickets t
                                        WHERE t.order_id = o.id AND t.status = 'CHECKED_IN')) END
        WHEN 'REFUNDED' THEN p_numbers IS NOT NULL AND may_move(o.payment_status, 'REFUNDED')
        ELSE p_numbers IS NOT NULL END
      RETURNING o.id, b.status AS old
  )
  SELECT coalesce(array_agg(c.id), '{}'), coalesce(array_agg(c.old), '{}'),
      coalesce(array_agg(c.id) FILTER (WHERE c.old <> 'PENDING'), '{}')
    INTO moved, old_status, was_sold FROM changed c;

  FOR change IN
    WITH touched AS (
      UPDATE tickets t SET status = ticket_to
        WHERE t.order_id = ANY (moved) AND may_move(t.status, ticket_to)
          AND (p_numbers IS NULL OR t.number = ANY (p_numbers))
        RETURNING t.event_id, t.section_id, t.seat_index, t.order_id = ANY (was_sold) AS sold,
          t.order_id, t.number
    )
    SELECT st.id, st.taken_seats, st.sold_seats,
        count(*) FILTER (WHERE NOT x.sold)::INTEGER AS held_places,
        count(*) FILTER (WHERE x.sold)::INTEGER AS sold_places,
        array_agg(x.seat_index) FILTER (WHERE x.seat_index IS NOT NULL) AS seats,
        array_agg(x.order_id) AS orders, array_agg(x.number) AS numbers
      FROM touched x LEFT JOIN stock st ON st.event_id = x.event_id AND st.section_id = x.section_id
      GROUP BY st.id ORDER BY st.id
  LOOP
    taken := change.taken_seats; sold_map := change.sold_seats;
    FOREACH seat IN ARRAY coalesce(change.seats, '{}') LOOP
      IF p_to = 'CONFIRMED' THEN sold_map := set_bit(sold_map, seat, 1);
      ELSE taken := set_bit(taken, seat, 0); sold_map := set_bit(sold_map, seat, 0);
      END IF;
    END LOOP;
    UPDATE stock st SET rev = st.rev + 1, taken_seats = taken, sold_seats = sold_map,
        held = st.held - change.held_places,
        sold = st.sold - change.sold_places
          + CASE p_to WHEN 'CONFIRMED' THEN change.held_places ELSE 0 END
      WHERE st.id = change.id;
    stock_ids := stock_ids || change.id;
    ticket_order := ticket_order || change.orders; ticket_number := ticket_number || change.numbers;
  END LOOP;

  IF p_to <> 'CONFIRMED' THEN
    SELECT array_agg(DISTINCT o.promo_id), array_agg(DISTINCT o.event_id), array_agg(DISTINCT o.user_id)
      INTO promo_ids, events_of, people FROM orders o WHERE o.id = ANY (moved);
  END IF;
  IF p_to IN ('EXPIRED', 'CANCELLED') THEN
    -- A use of a promo code comes back with the order it was for; a refund keeps it.
    UPDATE promo_codes c SET uses = c.uses - back.uses
      FROM (SELECT o.promo_id, count(*)::INTEGER AS uses FROM orders o
            WHERE o.id = ANY (moved) AND o.promo_id IS NOT NULL GROUP BY 1) back
      WHERE c.id = ANY (promo_ids) AND c.id = back.promo_id;
    UPDATE promo_people pp SET uses = pp.uses - back.uses
      FROM (SELECT o.promo_id, o.user_id, count(*)::INTEGER AS uses FROM orders o
            WHERE o.id = ANY (moved) AND o.promo_id IS NOT NULL GROUP BY 1, 2) back
      WHERE pp.promo_id = ANY (promo_ids) AND pp.person_id = ANY (people)
        AND pp.promo_id = back.promo_id AND pp.person_id = back.user_id;
  END IF;
  IF p_to <> 'CONFIRMED' THEN
    UPDATE person_places p SET places = p.places - gone.places
      FROM (SELECT o.event_id, o.user_id, count(*)::INTEGER AS places
            FROM orders o JOIN tickets t ON t.order_id = o.id
            WHERE o.id = ANY (moved) AND o.payment_method NOT IN ('box_office', 'invoice')
              AND (p_numbers IS NULL OR t.number = ANY (p_numbers))
            GROUP BY 1, 2) gone
      WHERE p.event_id = ANY (events_of) AND p.person_id = ANY (people)
        AND p.event_id = gone.event_id AND p.person_id = gone.user_id;
  END IF;

  SELECT array_agg(s.event_id), array_agg(s.section_id), array_agg(s.capacity), array_agg(s.held),
         array_agg(s.sold), array_agg(s.blocked), array_agg(s.rev)
    INTO event_of, section_of, slot_capacity, slot_held, slot_sold, slot_blocked, slot_rev
    FROM (SELECT * FROM stock WHERE id = ANY (stock_ids) ORDER BY id) s;
  IF p_to = 'CONFIRMED' AND EXISTS (SELECT 1 FROM unnest(slot_capacity, slot_sold, slot_blocked) x(c, s, b)
                                    WHERE x.s + x.b = x.c)
     -- Whatever the event's status seems to be: who sells its last place at this moment has not
     -- committed yet. What was only held says nothing about being sold out.
     OR p_to <> 'CONFIRMED' AND cardinality(was_sold) > 0 THEN
    SELECT array_agg(f.event_id), array_agg(f.status::TEXT) INTO flipped_event, flipped_status
      FROM flip_sold_out(array(SELECT DISTINCT u FROM unnest(event_of) u)) f;
  END IF;

  IF cardinality(moved) > 0 AND cardinality(p_moved) > 0 THEN
    PERFORM record_fact(p_moved, json_build_object(
      'fact_id', gen_random_uuid(), 'at', p_now,
      'orders', (
        SELECT json_agg(json_build_object(
            'order_id', o.id, 'event_id', o.event_id, 'organization_id', e.organization_id,
            'user_id', o.user_id, 'before', x.old, 'after', o.status,
            'payment_status', o.payment_status) ORDER BY x.i)
          FROM unnest(moved, old_status) WITH ORDINALITY x(id, old, i)
          CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = x.id LIMIT 1) o
          CROSS JOIN LATERAL (SELECT * FROM events WHERE id = o.event_id LIMIT 1) e)));
  END IF;
  IF cardinality(ticket_order) > 0 AND cardinality(p_tickets) > 0 THEN
    PERFORM record_fact(p_tickets, json_build_object(
      'fact_id', gen_random_uuid(), 'at', p_now,
      'tickets', (
        SELECT json_agg(json_build_object(
            'order_id', o.id, 'event_id', o.event_id, 'organization_id', e.organization_id,
            'user_id', o.user_id, 'numbers', x.numbers, 'status', ticket_to) ORDER BY o.id)
          FROM (SELECT t.id, array_agg(t.number ORDER BY t.number) AS numbers
                FROM unnest(ticket_order, ticket_number) t(id, number) GROUP BY 1) x
          CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = x.id LIMIT 1) o
          CROSS JOIN LATERAL (SELECT * FROM events WHERE id = o.event_id LIMIT 1) e)));
  END IF;
END $$;
