-- Gives the places of orders back, or those of the tickets p_numbers alone: the tickets are void, and
-- the stock rows, the promo codes' uses and the people's counters have them again. p_sold are the
-- orders whose places were sold and not only held. Says which stock rows and which tickets. Called
-- with the places locked.
CREATE OR REPLACE FUNCTION release_places(
  p_orders UUID[], p_sold UUID[], p_numbers SMALLINT[],
  OUT stock_ids BIGINT[], OUT ticket_order UUID[], OUT ticket_number SMALLINT[]
) LANGUAGE plpgsql AS $$
DECLARE
  change RECORD;
  seat INTEGER;
  taken BYTEA; sold_map BYTEA;
  promo_ids UUID[]; events_of UUID[]; people UUID[];
BEGIN
  stock_ids := '{}'; ticket_order := '{}'; ticket_number := '{}';
  FOR change IN
    WITH touched AS (
      UPDATE tickets t SET status = 'VOID'
        WHERE t.order_id = ANY (p_orders) AND may_move(t.status, 'VOID')
          AND (p_numbers IS NULL OR t.number = ANY (p_numbers))
        RETURNING t.event_id, t.section_id, t.seat_index, t.order_id = ANY (p_sold) AS sold,
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
      taken := set_bit(taken, seat, 0); sold_map := set_bit(sold_map, seat, 0);
    END LOOP;
    UPDATE stock st SET rev = st.rev + 1, taken_seats = taken, sold_seats = sold_map,
        held = st.held - change.held_places, sold = st.sold - change.sold_places
      WHERE st.id = change.id;
    stock_ids := stock_ids || change.id;
    ticket_order := ticket_order || change.orders; ticket_number := ticket_number || change.numbers;
  END LOOP;

  SELECT array_agg(DISTINCT o.promo_id), array_agg(DISTINCT o.event_id), array_agg(DISTINCT o.user_id)
    INTO promo_ids, events_of, people FROM orders o WHERE o.id = ANY (p_orders);
  IF p_numbers IS NULL THEN
    -- A use of a promo code comes back with the order it was for; a refund keeps it.
    UPDATE promo_codes c SET uses = c.uses - back.uses
      FROM (SELECT o.promo_id, count(*)::INTEGER AS uses FROM orders o
            WHERE o.id = ANY (p_orders) AND o.promo_id IS NOT NULL GROUP BY 1) back
      WHERE c.id = ANY (promo_ids) AND c.id = back.promo_id;
    UPDATE promo_people pp SET uses = pp.uses - back.uses
      FROM (SELECT o.promo_id, o.user_id, count(*)::INTEGER AS uses FROM orders o
            WHERE o.id = ANY (p_orders) AND o.promo_id IS NOT NULL GROUP BY 1, 2) back
      WHERE pp.promo_id = ANY (promo_ids) AND pp.person_id = ANY (people)
        AND pp.promo_id = back.promo_id AND pp.person_id = back.user_id;
  END IF;
  UPDATE person_places p SET places = p.places - gone.places
    FROM (SELECT o.event_id, o.user_id, count(*)::INTEGER AS places
          -- Those that are void now: one that was given away counts by what was made of it.
          FROM unnest(ticket_order) t(order_id) JOIN orders o ON o.id = t.order_id
          WHERE o.id = ANY (p_orders) AND o.payment_method NOT IN ('box_office', 'invoice')
          GROUP BY 1, 2) gone
    WHERE p.event_id = ANY (events_of) AND p.person_id = ANY (people)
      AND p.event_id = gone.event_id AND p.person_id = gone.user_id;
END $$;
