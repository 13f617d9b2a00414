-- A batch of scans, in one transaction: each ticket and each client id at most once in a call (the
-- caller makes rounds of what comes twice). The event's row of event_gates is locked first, so the scans
-- of an event stand in one order, whichever process has them, and its sequence has no gaps.
--
-- verdict  0 ADMITTED  1 LEFT  2 DUPLICATE  3 NO_TICKET  4 WRONG_EVENT  5 OLD_CODE  6 STATE  7 NOT_OPEN
--          8 WRONG_GATE  9 KEY_REUSED  10 NOT_INSIDE  11 DEVICE_REVOKED  12 NO_PRINTED  13 EXPIRED
-- A refusal writes nothing, but for a scan made without a network (p_offline): the person went in, so
-- what the server would have refused for the ticket's own sake (2, 5, 6, 10) is recorded as a CONFLICT.
-- A client id that is there already gives its first verdict again.
-- p_reactions: who reacts to the fact TicketsCheckedIn.
CREATE OR REPLACE FUNCTION check_in(
  p_now TIMESTAMPTZ, p_event UUID[], p_organization UUID[], p_order UUID[], p_number SMALLINT[],
  p_version INTEGER[], p_client TEXT[], p_gate TEXT[], p_device TEXT[], p_scanned TIMESTAMPTZ[],
  p_offline BOOLEAN[], p_out BOOLEAN[], p_printed BOOLEAN[], p_fresh BOOLEAN[], p_actor UUID[],
  p_reactions TEXT[],
  OUT verdict SMALLINT[], OUT is_replay BOOLEAN[],
  OUT section_id UUID[], OUT seat_row TEXT[], OUT seat INTEGER[], OUT price_level TEXT[],
  OUT amount INTEGER[], OUT fee INTEGER[], OUT status TEXT[], OUT holder_id UUID[],
  OUT first_gate TEXT[], OUT first_device TEXT[], OUT first_at TIMESTAMPTZ[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  zone TEXT[]; conflict SMALLINT[]; is_first BOOLEAN[];
BEGIN
  INSERT INTO event_gates (event_id, organization_id)
    SELECT DISTINCT x.event, x.organization FROM unnest(p_event, p_organization) x(event, organization)
    WHERE NOT EXISTS (SELECT 1 FROM event_gates g WHERE g.event_id = x.event)
    ORDER BY 1
    ON CONFLICT DO NOTHING;
  PERFORM 1 FROM event_gates g WHERE g.event_id = ANY (p_event) ORDER BY g.event_id FOR NO KEY UPDATE;
  PERFORM 1 FROM (SELECT * FROM unnest(p_order, p_number) x(o, n) ORDER BY 1, 2) x
    CROSS JOIN LATERAL (SELECT 1 FROM tickets t WHERE t.order_id = x.o AND t.number = x.n
                        FOR NO KEY UPDATE) t;

  -- What is of the event is read once: its row of event_gates has many dead versions on an evening.
  WITH here AS MATERIALIZED (
    SELECT d.event, e.status, e.start_time, e.end_time, g.gates, g.reentry, g.passback_seconds,
        EXISTS (SELECT 1 FROM event_keys k WHERE k.event_id = d.event AND k.printed_codes) AS printed_codes,
        array(SELECT v.id::TEXT FROM gate_devices v
              WHERE v.event_id = d.event AND v.revoked_at IS NOT NULL) AS revoked
      FROM (SELECT DISTINCT unnest(p_event)) d(event)
      LEFT JOIN LATERAL (SELECT * FROM event_gates WHERE event_id = d.event LIMIT 1) g ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM events WHERE id = d.event LIMIT 1) e ON TRUE
  ), looked AS (
    SELECT x.i, x.offline, t.section_id, t.seat_row, t.seat, t.price_level, t.amount, t.fee, t.status,
        coalesce(t.holder_id, o.user_id) AS holder_id,
        -- Who leaves leaves the zone that they came into, whatever the way out.
        CASE WHEN x.is_out THEN p.zone ELSE h.gates -> x.gate ->> 'zone' END AS zone,
        c.client_id IS NOT NULL AS is_replay, p.is_inside, p.order_id IS NULL AS is_first,
        p.gate AS first_gate, p.device_id AS first_device, p.changed_at AS first_at,
        CASE
          WHEN c.client_id IS NOT NULL AND (c.order_id, c.number) <> (x.o, x.n) THEN 9
          WHEN c.client_id IS NOT NULL
            THEN CASE c.result WHEN 'ADMITTED' THEN 0 WHEN 'LEFT' THEN 1 ELSE c.conflict END
          WHEN x.device = ANY (h.revoked) THEN 11
          WHEN NOT (h.status = 'LIVE' OR x.offline AND h.status = 'COMPLETED'
            OR h.status IN ('ON_SALE', 'PAUSED', 'SOLD_OUT')
              AND x.scanned BETWEEN h.start_time - INTERVAL '6 hours' AND h.end_time) THEN 7
          WHEN t.order_id IS NULL THEN 3
          WHEN t.event_id <> x.event THEN 4
          WHEN x.printed AND NOT h.printed_codes THEN 12
          WHEN x.version >= 0 AND t.code_version <> x.version THEN 5
          WHEN t.status NOT IN ('VALID', 'CHECKED_IN')
            OR t.status = 'VALID' AND o.payment_status = 'DISPUTED' THEN 6
          WHEN h.gates <> '{}'
            AND NOT coalesce(h.gates -> x.gate -> 'sections' ?| ARRAY['*', t.section_id::TEXT], FALSE) THEN 8
          WHEN NOT x.fresh THEN 13
          WHEN x.is_out THEN CASE WHEN p.is_inside THEN 1 ELSE 10 END
          WHEN t.status = 'VALID' THEN 0
          WHEN h.reentry AND NOT p.is_inside
            AND x.scanned >= p.changed_at + make_interval(secs => h.passback_seconds) THEN 0
          ELSE 2 END AS verdict
      FROM unnest(p_event, p_order, p_number, p_version, p_client, p_gate, p_device, p_scanned, p_offline,
        p_out, p_printed, p_fresh) WITH ORDINALITY
        x(event, o, n, version, client, gate, device, scanned, offline, is_out, printed, fresh, i)
      LEFT JOIN here h ON h.event = x.event
      LEFT JOIN LATERAL (SELECT * FROM checkins k
        WHERE k.event_id = x.event AND k.client_id = x.client LIMIT 1) c ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM tickets k
        WHERE k.order_id = x.o AND k.number = x.n LIMIT 1) t ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM orders WHERE id = x.o LIMIT 1) o ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM presences k
        WHERE k.event_id = x.event AND k.order_id = x.o AND k.number = x.n LIMIT 1) p ON TRUE
  )
  SELECT array_agg(l.verdict::SMALLINT ORDER BY l.i), array_agg(l.is_replay ORDER BY l.i),
      array_agg(l.section_id ORDER BY l.i), array_agg(l.seat_row ORDER BY l.i),
      array_agg(l.seat ORDER BY l.i), array_agg(l.price_level ORDER BY l.i),
      array_agg(l.amount ORDER BY l.i), array_agg(l.fee ORDER BY l.i),
      array_agg(CASE WHEN l.verdict = 0 AND NOT l.is_replay THEN 'CHECKED_IN' ELSE l.status::TEXT END
        ORDER BY l.i),
      array_agg(l.holder_id ORDER BY l.i), array_agg(l.first_gate ORDER BY l.i),
      array_agg(l.first_device ORDER BY l.i), array_agg(l.first_at ORDER BY l.i),
      array_agg(l.zone ORDER BY l.i),
      array_agg(CASE WHEN l.offline AND l.verdict IN (2, 5, 6, 10) THEN l.verdict::SMALLINT END ORDER BY l.i),
      array_agg(l.is_first ORDER BY l.i)
    INTO verdict, is_replay, section_id, seat_row, seat, price_level, amount, fee, status, holder_id,
      first_gate, first_device, first_at, zone, conflict, is_first
    FROM looked l;

  UPDATE tickets t SET status = 'CHECKED_IN'
    FROM unnest(p_order, p_number, verdict, is_replay) x(o, n, v, replay)
    WHERE x.v = 0 AND NOT x.replay AND t.order_id = x.o AND t.number = x.n
      AND t.order_id = ANY (p_order) AND may_move(t.status, 'CHECKED_IN');
  INSERT INTO presences AS p (event_id, order_id, number, is_inside, gate, zone, device_id, changed_at)
    SELECT x.event, x.o, x.n, x.v = 0, x.gate, x.zone, x.device, x.scanned
      FROM unnest(p_event, p_order, p_number, verdict, is_replay, p_gate, zone, p_device, p_scanned)
        x(event, o, n, v, replay, gate, zone, device, scanned)
      WHERE x.v IN (0, 1) AND NOT x.replay
    ON CONFLICT (event_id, order_id, number) DO UPDATE SET is_inside = EXCLUDED.is_inside,
      gate = EXCLUDED.gate, zone = EXCLUDED.zone, device_id = EXCLUDED.device_id,
      changed_at = EXCLUDED.changed_at;
  INSERT INTO checkins (event_id, client_id, sequence, order_id, number, result, conflict, gate, zone,
      device_id, actor_id, scanned_at, recorded_at, is_offline)
    SELECT x.event, x.client, g.sequence + row_number() OVER (PARTITION BY x.event ORDER BY x.i),
        x.o, x.n, CASE x.v WHEN 0 THEN 'ADMITTED' WHEN 1 THEN 'LEFT' ELSE 'CONFLICT' END, x.conflict,
        x.gate, x.zone, x.device, x.actor, x.scanned, p_now, x.offline
      FROM unnest(p_event, p_order, p_number, verdict, is_replay, conflict, p_gate, zone, p_device, p_scanned,
        p_client, p_actor, p_offline) WITH ORDINALITY
        x(event, o, n, v, replay, conflict, gate, zone, device, scanned, client, actor, offline, i)
      CROSS JOIN LATERAL (SELECT k.sequence FROM event_gates k WHERE k.event_id = x.event LIMIT 1) g
      WHERE NOT x.replay AND (x.v IN (0, 1) OR x.conflict IS NOT NULL);
  UPDATE event_gates g SET sequence = g.sequence + y.recorded, admitted = g.admitted + y.new,
      inside = g.inside + y.moved
    FROM (SELECT x.event, count(*) AS recorded, count(*) FILTER (WHERE x.v = 0 AND x.is_first) AS new,
            count(*) FILTER (WHERE x.v = 0) - count(*) FILTER (WHERE x.v = 1) AS moved
          FROM unnest(p_event, verdict, is_replay, conflict, is_first) x(event, v, replay, conflict, is_first)
          WHERE NOT x.replay AND (x.v IN (0, 1) OR x.conflict IS NOT NULL) GROUP BY 1) y
    WHERE g.event_id = y.event AND g.event_id = ANY (p_event);

  INSERT INTO gate_counts AS c (event_id, gate, admitted)
    SELECT x.event, x.gate, count(*)
      FROM unnest(p_event, p_gate, verdict, is_replay, is_first) x(event, gate, v, replay, is_first)
      WHERE x.v = 0 AND NOT x.replay AND x.is_first GROUP BY 1, 2
    ON CONFLICT (event_id, gate) DO UPDATE SET admitted = c.admitted + EXCLUDED.admitted;

  -- Ten seconds each: how many a gate let in lately, whoever they were.
  INSERT INTO gate_beats AS b (event_id, gate, beat, admitted)
    SELECT x.event, x.gate, floor(extract(epoch FROM p_now) / 10)::INTEGER, count(*)
      FROM unnest(p_event, p_gate, verdict, is_replay) x(event, gate, v, replay)
      WHERE x.v = 0 AND NOT x.replay GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (event_id, beat, gate) DO UPDATE SET admitted = b.admitted + EXCLUDED.admitted;

  IF cardinality(p_reactions) > 0 AND EXISTS (
      SELECT 1 FROM unnest(verdict, is_replay, is_first) x(v, replay, is_first)
      WHERE x.v = 0 AND NOT x.replay AND x.is_first) THEN
    PERFORM record_fact(p_reactions, json_build_object(
      'fact_id', gen_random_uuid(), 'at', p_now,
      'tickets', (
        SELECT json_agg(json_build_object(
            'order_id', x.o, 'number', x.n, 'event_id', x.event, 'organization_id', x.organization,
            'holder_id', x.holder, 'section_id', x.section, 'gate', x.gate,
            'scanned_at', x.scanned) ORDER BY x.i)
          FROM unnest(p_event, p_organization, p_order, p_number, verdict, is_replay, is_first, holder_id,
            section_id, p_gate, p_scanned) WITH ORDINALITY
            x(event, organization, o, n, v, replay, is_first, holder, section, gate, scanned, i)
          WHERE x.v = 0 AND NOT x.replay AND x.is_first)));
  END IF;
END $$;
