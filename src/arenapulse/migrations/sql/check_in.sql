-- A batch of scans, in one transaction: each ticket and each client id at most once in a call (the
-- caller makes rounds of what comes twice). The events' rows of event_gates are locked first, so the
-- scans of an event stand in one order, whichever process has them, and its sequence has no gaps.
-- Everything else is one statement: it sees what was committed before the lock, and writes once.
-- A ticket that somebody moved meanwhile (gave away, sent back) ends the call as a serialization
-- failure, and the caller asks again.
--
-- p_events, p_organizations: the distinct events; p_event_of holds positions in them, from 1.
-- verdict  0 ADMITTED  1 LEFT  2 DUPLICATE  3 NO_TICKET  4 WRONG_EVENT  5 OLD_CODE  6 STATE  7 NOT_OPEN
--          8 WRONG_GATE  9 KEY_REUSED  10 NOT_INSIDE  11 DEVICE_REVOKED  12 NO_PRINTED  13 EXPIRED
-- A refusal writes nothing, but for a scan made without a network (p_offline): the person went in, so
-- what the server would have refused is recorded as a CONFLICT. Where nothing is wrong with the ticket
-- itself (7, 8, 12, 13: the gate did not know of a rule, a status or a key yet) its holder is inside as
-- any other is, and it is used: nobody else comes in by it. Nobody who went out was not to.
-- Such scans come late. Who is inside is by when they were made: the last of a ticket's scans, in or
-- out and flagged or not, says where its holder is.
-- A client id that is there already gives its first verdict again.
-- p_reactions: who reacts to the fact TicketsAdmitted.
-- A join has its = ANY besides: whichever side goes first, it finds only its rows.
CREATE OR REPLACE FUNCTION check_in(
  p_now TIMESTAMPTZ, p_events UUID[], p_organizations UUID[], p_event_of INTEGER[], p_order UUID[],
  p_number SMALLINT[], p_version INTEGER[], p_client TEXT[], p_gate TEXT[], p_device TEXT[],
  p_scanned TIMESTAMPTZ[], p_offline BOOLEAN[], p_out BOOLEAN[], p_printed BOOLEAN[], p_fresh BOOLEAN[],
  p_actor UUID[], p_reactions TEXT[],
  OUT verdict SMALLINT[], OUT is_replay BOOLEAN[],
  OUT section_id UUID[], OUT seat_row TEXT[], OUT seat INTEGER[], OUT price_level TEXT[],
  OUT amount INTEGER[], OUT fee INTEGER[], OUT status TEXT[], OUT holder_id UUID[],
  OUT first_gate TEXT[], OUT first_device TEXT[], OUT first_at TIMESTAMPTZ[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  locked INTEGER; moving INTEGER; moved INTEGER; came_orders UUID[]; came_numbers SMALLINT[];
BEGIN
  PERFORM 1 FROM event_gates g WHERE g.event_id = ANY (p_events) ORDER BY g.event_id FOR NO KEY UPDATE;
  GET DIAGNOSTICS locked = ROW_COUNT;
  IF locked < cardinality(p_events) THEN
    INSERT INTO event_gates (event_id, organization_id)
      SELECT x.event, x.organization FROM unnest(p_events, p_organizations) x(event, organization)
      ORDER BY 1 ON CONFLICT DO NOTHING;
    PERFORM 1 FROM event_gates g WHERE g.event_id = ANY (p_events) ORDER BY g.event_id
      FOR NO KEY UPDATE;
  END IF;

  -- What is of the event is read once: its row of event_gates has many dead versions on an evening.
  WITH here AS MATERIALIZED (
    SELECT d.i, d.event, e.status, e.start_time, e.end_time, g.gates, g.zones, g.reentry, g.passback_seconds,
        g.sequence,
        EXISTS (SELECT 1 FROM event_keys k WHERE k.event_id = d.event AND k.printed_codes) AS printed_codes,
        array(SELECT v.id::TEXT FROM gate_devices v
              WHERE v.event_id = d.event AND v.revoked_at IS NOT NULL) AS revoked
      FROM unnest(p_events) WITH ORDINALITY d(event, i)
      LEFT JOIN LATERAL (SELECT * FROM event_gates WHERE event_id = d.event LIMIT 1) g ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM events WHERE id = d.event LIMIT 1) e ON TRUE
  ), looked AS MATERIALIZED (
    SELECT x.*, h.event, h.sequence, t.section_id, t.seat_row, t.seat, t.price_level, t.amount, t.fee,
        t.status, t.code_version, coalesce(t.holder_id, o.user_id) AS holder_id,
        -- Who leaves leaves the zone that they came into, whatever the way out.
        CASE WHEN x.is_out THEN p.zone ELSE h.gates -> x.gate ->> 'zone' END AS zone,
        c.client_id IS NOT NULL AS is_replay, p.order_id IS NULL AS is_first,
        coalesce(p.is_inside, FALSE) AS was_in, p.gate AS first_gate, p.device_id AS first_device, p.changed_at AS first_at,
        s.is_in AS since_in, s.gate AS since_gate, s.zone AS since_zone, s.device_id AS since_device,
        s.scanned_at AS since_at,
        CASE
          WHEN c.client_id IS NOT NULL AND (c.order_id, c.number) <> (x.o, x.n) THEN 9
          WHEN c.client_id IS NOT NULL
            THEN CASE c.result WHEN 'ADMITTED' THEN 0 WHEN 'LEFT' THEN 1 ELSE c.conflict END
          WHEN x.device = ANY (h.revoked) THEN 11
          WHEN z.is_shut AND NOT x.offline THEN 7
          WHEN t.order_id IS NULL THEN 3
          WHEN t.event_id <> h.event THEN 4
          WHEN x.printed AND NOT h.printed_codes AND NOT x.offline THEN 12
          WHEN x.version >= 0 AND t.code_version <> x.version THEN 5
          WHEN t.status NOT IN ('VALID', 'CHECKED_IN')
            OR t.status = 'VALID' AND o.payment_status = 'DISPUTED' THEN 6
          WHEN x.offline AND x.is_out THEN CASE WHEN p.is_inside THEN 1 ELSE 10 END
          WHEN x.offline AND NOT b.may_enter THEN 2
          WHEN z.is_shut THEN 7
          WHEN x.printed AND NOT h.printed_codes THEN 12
          WHEN h.gates <> '{}'
            AND NOT coalesce(h.gates -> x.gate -> 'sections' ?| ARRAY['*', t.section_id::TEXT], FALSE) THEN 8
          WHEN NOT x.fresh THEN 13
          WHEN x.is_out THEN CASE WHEN p.is_inside THEN 1 ELSE 10 END
          WHEN b.may_enter THEN 0
          ELSE 2 END::SMALLINT AS verdict
      FROM unnest(p_event_of, p_order, p_number, p_version, p_client, p_gate, p_device, p_scanned,
        p_offline, p_out, p_printed, p_fresh, p_actor) WITH ORDINALITY
        x(event_of, o, n, version, client, gate, device, scanned, offline, is_out, printed, fresh, actor, i)
      LEFT JOIN here h ON h.i = x.event_of
      LEFT JOIN LATERAL (SELECT * FROM checkins k
        WHERE k.event_id = h.event AND k.client_id = x.client LIMIT 1) c ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM tickets k
        WHERE k.order_id = x.o AND k.number = x.n LIMIT 1) t ON TRUE
      LEFT JOIN LATERAL (SELECT k.user_id, k.payment_status FROM orders k
        WHERE k.id = x.o LIMIT 1) o ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM presences k
        WHERE k.event_id = h.event AND k.order_id = x.o AND k.number = x.n LIMIT 1) p ON TRUE
      CROSS JOIN LATERAL (SELECT NOT (h.status = 'LIVE' OR x.offline AND h.status = 'COMPLETED'
        OR h.status IN ('ON_SALE', 'PAUSED', 'SOLD_OUT')
          AND x.scanned BETWEEN h.start_time - INTERVAL '6 hours' AND h.end_time) AS is_shut) z
      CROSS JOIN LATERAL (SELECT t.status = 'VALID' OR coalesce(h.reentry AND NOT p.is_inside
        AND x.scanned >= p.changed_at + make_interval(secs => h.passback_seconds), FALSE) AS may_enter) b
      LEFT JOIN LATERAL (SELECT k.result = 'ADMITTED' OR k.conflict IN (2, 7, 8, 12, 13) AS is_in, k.gate,
          CASE WHEN h.zones ? k.zone THEN k.zone ELSE h.gates -> k.gate ->> 'zone' END AS zone, k.device_id, k.scanned_at
        FROM checkins k
        WHERE x.offline AND k.order_id = x.o AND k.number = x.n AND k.scanned_at > x.scanned
          AND (k.conflict IS NULL OR k.conflict IN (2, 7, 8, 10, 12, 13))
        ORDER BY k.scanned_at DESC, k.sequence DESC LIMIT 1) s ON TRUE
  ), weighed AS (
    -- What it does to the ticket and to who is inside: flagged, it may be an entry all the same.
    SELECT l.*, CASE WHEN l.offline AND NOT l.is_replay AND l.verdict IN (7, 8, 12, 13)
        THEN 0 ELSE l.verdict END AS act
      FROM looked l
  ), kept AS MATERIALIZED (
    SELECT l.*, l.sequence + row_number() OVER (PARTITION BY l.event_of ORDER BY l.i) AS place,
        coalesce(l.since_in, l.act IN (0, 2)) AS is_in,
        l.act IN (0, 1) OR l.act = 2 AND NOT l.was_in AND l.scanned >= l.first_at AS is_move
      FROM weighed l
      WHERE NOT l.is_replay
        AND (l.verdict IN (0, 1) OR l.offline AND l.verdict IN (2, 5, 6, 7, 8, 10, 12, 13))
  ), used AS (
    -- In the order in which everyone locks tickets.
    UPDATE tickets t SET status = 'CHECKED_IN'
      FROM (SELECT k.o, k.n, k.code_version FROM kept k
            WHERE k.act = 0 AND k.status = 'VALID' ORDER BY k.o, k.n) x
      WHERE t.order_id = x.o AND t.number = x.n AND t.order_id = ANY (p_order)
        AND t.code_version = x.code_version AND may_move(t.status, 'CHECKED_IN')
      RETURNING 1
  ), came AS (
    INSERT INTO presences (event_id, order_id, number, is_inside, gate, zone, device_id, changed_at)
      SELECT k.event, k.o, k.n, k.is_in, coalesce(k.since_gate, k.gate),
          CASE WHEN k.since_in IS NULL THEN k.zone ELSE k.since_zone END,
          coalesce(k.since_device, k.device), coalesce(k.since_at, k.scanned)
        FROM kept k WHERE k.act = 0 AND k.is_first
  ), passed AS (
    UPDATE presences p SET is_inside = x.is_in, gate = coalesce(x.since_gate, x.gate),
        zone = CASE WHEN x.since_in IS NULL THEN x.zone ELSE x.since_zone END,
        device_id = coalesce(x.since_device, x.device), changed_at = coalesce(x.since_at, x.scanned)
      FROM kept x
      WHERE x.is_move AND NOT x.is_first
        AND p.event_id = x.event AND p.order_id = x.o AND p.number = x.n AND p.event_id = ANY (p_events)
        AND p.order_id = ANY (p_order)
  ), noted AS (
    INSERT INTO checkins (event_id, client_id, sequence, order_id, number, section_id, result, conflict,
        gate, zone, device_id, actor_id, scanned_at, recorded_at, is_offline)
      SELECT k.event, k.client, k.place, k.o, k.n, k.section_id,
          CASE k.verdict WHEN 0 THEN 'ADMITTED' WHEN 1 THEN 'LEFT' ELSE 'CONFLICT' END,
          CASE WHEN k.verdict NOT IN (0, 1) THEN k.verdict END,
          k.gate, k.zone, k.device, k.actor, k.scanned, p_now, k.offline
        FROM kept k
  ), counted AS (
    UPDATE event_gates g SET sequence = g.sequence + y.recorded, admitted = g.admitted + y.new,
        inside = g.inside + y.moved
      FROM (SELECT k.event, count(*) AS recorded, count(*) FILTER (WHERE k.act = 0 AND k.is_first) AS new,
              count(*) FILTER (WHERE k.is_move AND k.is_in AND NOT k.was_in)
                - count(*) FILTER (WHERE k.is_move AND k.was_in AND NOT k.is_in) AS moved
            FROM kept k GROUP BY 1) y
      WHERE g.event_id = y.event AND g.event_id = ANY (p_events)
  ), by_gate AS (
    INSERT INTO gate_counts AS c (event_id, gate, admitted)
      SELECT k.event, k.gate, count(*) FROM kept k WHERE k.act = 0 AND k.is_first
        GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (event_id, gate) DO UPDATE SET admitted = c.admitted + EXCLUDED.admitted
  ), by_time AS (
    -- Ten seconds each: how many a gate let in lately, whoever they were, and when it did.
    INSERT INTO gate_beats AS b (event_id, gate, beat, admitted)
      SELECT k.event, k.gate,
          floor(extract(epoch FROM CASE WHEN k.offline THEN k.scanned ELSE p_now END) / 10)::INTEGER,
          count(*)
        FROM kept k WHERE k.act = 0 GROUP BY 1, 2, 3 ORDER BY 1, 3, 2
      ON CONFLICT (event_id, beat, gate) DO UPDATE SET admitted = b.admitted + EXCLUDED.admitted
  )
  SELECT array_agg(l.verdict ORDER BY l.i), array_agg(l.is_replay ORDER BY l.i),
      array_agg(l.section_id ORDER BY l.i), array_agg(l.seat_row ORDER BY l.i),
      array_agg(l.seat ORDER BY l.i), array_agg(l.price_level ORDER BY l.i),
      array_agg(l.amount ORDER BY l.i), array_agg(l.fee ORDER BY l.i),
      array_agg(CASE WHEN l.act = 0 AND NOT l.is_replay THEN 'CHECKED_IN' ELSE l.status::TEXT END
        ORDER BY l.i),
      array_agg(l.holder_id ORDER BY l.i), array_agg(l.first_gate ORDER BY l.i),
      array_agg(l.first_device ORDER BY l.i), array_agg(l.first_at ORDER BY l.i),
      count(*) FILTER (WHERE l.act = 0 AND NOT l.is_replay AND l.status = 'VALID'),
      (SELECT count(*) FROM used),
      array_agg(l.o ORDER BY l.i) FILTER (WHERE l.act = 0 AND NOT l.is_replay AND l.is_first),
      array_agg(l.n ORDER BY l.i) FILTER (WHERE l.act = 0 AND NOT l.is_replay AND l.is_first)
    INTO verdict, is_replay, section_id, seat_row, seat, price_level, amount, fee, status, holder_id,
      first_gate, first_device, first_at, moving, moved, came_orders, came_numbers
    FROM weighed l;

  IF moved <> moving THEN
    RAISE serialization_failure USING MESSAGE = 'a ticket moved while it was scanned';
  END IF;
  IF came_orders IS NOT NULL AND cardinality(p_reactions) > 0 THEN
    PERFORM record_fact(p_reactions, json_build_object(
      'fact_id', gen_random_uuid(), 'at', p_now, 'organizations', p_organizations,
      'orders', came_orders, 'numbers', came_numbers));
  END IF;
END $$;
