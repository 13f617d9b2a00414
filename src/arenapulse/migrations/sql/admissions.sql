-- What the first scan of each of these tickets said; `at` is the ticket's place in the arrays, from 1.
CREATE OR REPLACE FUNCTION admissions(p_orders UUID[], p_numbers SMALLINT[])
RETURNS TABLE (at BIGINT, event_id UUID, organization_id UUID, section_id UUID, gate TEXT,
  scanned_at TIMESTAMPTZ)
LANGUAGE sql STABLE AS $$
  SELECT x.i, c.event_id, g.organization_id, t.section_id, c.gate, c.scanned_at
    FROM unnest(p_orders, p_numbers) WITH ORDINALITY x(o, n, i)
    CROSS JOIN LATERAL (SELECT k.event_id, k.gate, k.scanned_at FROM checkins k
      WHERE k.order_id = x.o AND k.number = x.n
        AND (k.result = 'ADMITTED' OR k.conflict IN (7, 8, 12, 13))
      ORDER BY k.sequence LIMIT 1) c
    JOIN tickets t ON t.order_id = x.o AND t.number = x.n
    JOIN event_gates g ON g.event_id = c.event_id
$$;
