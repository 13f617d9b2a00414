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
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  ticket_to ticket_status := CASE p_to WHEN 'CONFIRMED' THEN 'VALID' ELSE 'VOID' END;
  old_status order_status[]; was_sold UUID[];
  stock_ids BIGINT[]; ticket_order UUID[]; ticket_number SMALLINT[];
BEGIN
  PERFORM lock_places(p_orders);
  SELECT g.moved, g.old_status INTO moved, old_status
    FROM move_orders(p_orders, p_to, p_now, p_force, p_numbers) g;
  was_sold := array(SELECT x.id FROM unnest(moved, old_status) x(id, old) WHERE x.old <> 'PENDING');
  IF p_to = 'CONFIRMED' THEN
    SELECT p.stock_ids, p.ticket_order, p.ticket_number INTO stock_ids, ticket_order, ticket_number
      FROM sell_places(moved) p;
  ELSE
    SELECT p.stock_ids, p.ticket_order, p.ticket_number INTO stock_ids, ticket_order, ticket_number
      FROM release_places(moved, was_sold, p_numbers) p;
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
