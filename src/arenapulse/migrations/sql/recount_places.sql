-- Counts anew how many places each person has of an event; no counter is kept where it caps nobody,
-- and what a clerk sold counts for no person.
-- For a change of the cap, with all stock rows of the event locked: then nobody places or settles
-- its orders, and the counters start from what people have.
CREATE OR REPLACE FUNCTION recount_places(p_event UUID) RETURNS VOID
LANGUAGE sql SET jit = off AS $$
  DELETE FROM person_places WHERE event_id = p_event;
  INSERT INTO person_places (event_id, person_id, places)
    SELECT o.event_id, o.user_id, count(*)
    FROM events e
    JOIN orders o ON o.event_id = e.id
    JOIN tickets t ON t.order_id = o.id
    WHERE e.id = p_event AND e.max_per_person IS NOT NULL
      AND o.payment_method NOT IN ('box_office', 'invoice')
      AND o.status NOT IN ('EXPIRED', 'CANCELLED', 'FAILED') AND t.status NOT IN ('VOID', 'TRANSFERRED')
    GROUP BY 1, 2;
$$;
