-- What orders held turns into sold: their tickets are valid, their seats' bits and the counters of
-- their stock rows say so. Says which rows and which tickets. Called with the places locked.
CREATE OR REPLACE FUNCTION sell_places(
  p_orders UUID[],
  OUT stock_ids BIGINT[], OUT ticket_order UUID[], OUT ticket_number SMALLINT[]
) LANGUAGE plpgsql AS $$
DECLARE
  change RECORD;
  seat INTEGER;
  sold_map BYTEA;
BEGIN
  stock_ids := '{}'; ticket_order := '{}'; ticket_number := '{}';
  FOR change IN
    WITH touched AS (
      UPDATE tickets t SET status = 'VALID'
        WHERE t.order_id = ANY (p_orders) AND may_move(t.status, 'VALID')
        RETURNING t.event_id, t.section_id, t.seat_index, t.order_id, t.number
    )
    SELECT st.id, st.sold_seats, count(*)::INTEGER AS places,
        array_agg(x.seat_index) FILTER (WHERE x.seat_index IS NOT NULL) AS seats,
        array_agg(x.order_id) AS orders, array_agg(x.number) AS numbers
      FROM touched x LEFT JOIN stock st ON st.event_id = x.event_id AND st.section_id = x.section_id
      GROUP BY st.id ORDER BY st.id
  LOOP
    sold_map := change.sold_seats;
    FOREACH seat IN ARRAY coalesce(change.seats, '{}') LOOP
      sold_map := set_bit(sold_map, seat, 1);
    END LOOP;
    UPDATE stock st SET rev = st.rev + 1, sold_seats = sold_map,
        held = st.held - change.places, sold = st.sold + change.places
      WHERE st.id = change.id;
    stock_ids := stock_ids || change.id;
    ticket_order := ticket_order || change.orders; ticket_number := ticket_number || change.numbers;
  END LOOP;
END $$;
