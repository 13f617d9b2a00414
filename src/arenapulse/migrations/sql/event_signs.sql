-- What may need somebody's hand at an event now, in bounded steps: of the newest orders, of the
-- charges under way, of what failed. What it means is judged where it is read.
CREATE OR REPLACE FUNCTION event_signs(
  p_event UUID, p_organization UUID, p_now TIMESTAMPTZ,
  OUT tried BIGINT, OUT declined BIGINT, OUT paying_long BIGINT, OUT refunds_failed BIGINT,
  OUT gates TEXT[], OUT gate_lately BIGINT[], OUT devices_silent BIGINT, OUT device_gate TEXT,
  OUT waiting BIGINT, OUT waiting_rate DOUBLE PRECISION, OUT waiting_places BIGINT,
  OUT webhooks_paused BIGINT, OUT webhooks_trying BIGINT
) LANGUAGE sql STABLE AS $$
  SELECT p.tried, p.declined, l.paying_long, r.refunds_failed, g.gates, g.lately,
    d.silent, d.gate, coalesce(w.waiting, 0), w.rate, w.places, h.paused, h.trying
  FROM
    (SELECT count(*) AS tried, count(*) FILTER (WHERE c.status = 'DECLINED') AS declined
       FROM (SELECT o.id FROM orders o WHERE o.event_id = p_event
               ORDER BY o.id DESC LIMIT 2000) o
       JOIN charges c ON c.order_id = o.id
       WHERE c.status IN ('SUCCEEDED', 'DECLINED') AND c.created_at > p_now - INTERVAL '10 minutes') p,
    (SELECT count(*) AS paying_long FROM charges c JOIN orders o ON o.id = c.order_id
       WHERE c.due_at IS NOT NULL AND c.created_at < p_now - INTERVAL '5 minutes'
         AND c.status IN ('DUE', 'PROCESSING') AND o.event_id = p_event) l,
    (SELECT count(*) AS refunds_failed FROM refunds f JOIN orders o ON o.id = f.order_id
       WHERE f.status = 'FAILED' AND o.event_id = p_event
         AND NOT EXISTS (SELECT 1 FROM refunds y WHERE y.order_id = f.order_id
                           AND y.created_at > f.created_at AND y.status <> 'FAILED')) r,
    (SELECT array_agg(x.gate ORDER BY x.gate) AS gates, array_agg(x.lately ORDER BY x.gate) AS lately
       FROM (SELECT c.gate, (SELECT count(*) FROM checkins k
                               WHERE k.event_id = p_event AND k.gate = c.gate
                                 AND k.recorded_at > p_now - INTERVAL '5 minutes'
                                 AND (k.result = 'ADMITTED' OR k.conflict IN (7, 8, 12, 13))) AS lately
               FROM gate_counts c WHERE c.event_id = p_event ORDER BY c.gate LIMIT 50) x) g,
    (SELECT count(*) AS silent, min(v.gate) AS gate FROM gate_devices v
       WHERE v.event_id = p_event AND v.registered_at IS NOT NULL AND v.revoked_at IS NULL
         AND v.seen_at BETWEEN p_now - INTERVAL '12 hours' AND p_now - INTERVAL '5 minutes') d,
    (SELECT sum(n.joined - n.serving)::BIGINT AS waiting,
            min(CASE WHEN m.is_paused THEN 0 ELSE coalesce(m.rate, m.asked_per_minute) END) AS rate,
            min(m.places_left)::BIGINT AS places
       FROM waiting_rooms m JOIN waiting_lanes n ON n.event_id = m.event_id
       WHERE m.event_id = p_event AND m.over_at IS NULL AND m.drawn_at IS NOT NULL) w,
    (SELECT count(*) FILTER (WHERE e.paused_at IS NOT NULL AND e.pause_reason <> 'BY_HAND') AS paused,
            count(*) FILTER (WHERE e.paused_at IS NULL AND e.failing_since < p_now) AS trying
       FROM webhook_endpoints e WHERE e.organization_id = p_organization AND e.ended_at IS NULL) h
$$;
