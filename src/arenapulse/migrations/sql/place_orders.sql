-- All orders that arrived during the previous commit, in one transaction, in arrival order.
--
-- Arrays are parallel; *_of arrays hold positions (from 1) in another group:
--   e_*  the distinct events          k_*  the distinct (event, section) pairs
--   q_*  the distinct prices asked    w_*  the distinct (event, person) pairs
--   o_*  the orders                   l_*  their lines, an order's lines adjacent
--   s_*  the named seats, a line's seats adjacent
--   p_*  the distinct (event, promo code's key) pairs; o_promo_of is 0 for an order without a code
-- p_reactions: who reacts to the fact OrdersPlaced
-- p_held_max: places that one person may hold unpaid over all events; NULL for no bound
-- p_held_since: an order id of long before the oldest hold that may still be one
-- o_pay: -1 a visitor's hold (180 s and 10 places at most) · 0 a bare hold · 1 a card with its token · 2 free · 3 box office · 4 invoice
--
-- verdict of each order:
--   0 placed · 1 not as many places left · 2 replay · 3 key used for another request
--   4 no such event · 5 not on sale · 6 over the limit per order · 7 over the limit per person
--   8 no such section or price level · 9 a named seat is taken · 10 not free
--   11 seats named in a standing section, none named in a seated one, or no such seat
--   12 ask again once the expired holds of the event are given back
--   13 promo code unknown, over, used up, or for nothing of this order
--   14 more unpaid places than one person may hold
--
-- Lock order, everywhere: stock rows by id, promo rows by id, (event, person) counters, people who
-- hold, events by id.
-- The discount is taken off the amounts of the lines a code is for, rounded down; fees stay.
-- The settings pin index plans: one cached while the tables were empty would scan them for ever. For
-- the same reason a join has its = ANY besides: whichever side goes first, it finds only its rows.
CREATE OR REPLACE FUNCTION place_orders(
  p_now TIMESTAMPTZ,
  e_id UUID[],
  k_event_of INTEGER[], k_section UUID[],
  q_slot_of INTEGER[], q_level TEXT[],
  w_event_of INTEGER[], w_person UUID[],
  o_id UUID[], o_event_of INTEGER[], o_person_of INTEGER[], o_key TEXT[], o_hash BIGINT[],
  o_pay INTEGER[], o_token TEXT[],
  l_order_of INTEGER[], l_price_of INTEGER[], l_quantity INTEGER[], l_base INTEGER[],
  s_line_of INTEGER[], s_index INTEGER[], s_row TEXT[], s_number INTEGER[],
  p_event_of INTEGER[], p_code TEXT[], o_promo_of INTEGER[],
  p_reactions TEXT[] DEFAULT NULL,
  p_held_max INTEGER DEFAULT NULL, p_held_since UUID DEFAULT NULL,
  OUT verdict INTEGER[], OUT original UUID[],
  OUT subtotal BIGINT[], OUT fees BIGINT[], OUT discount BIGINT[],
  OUT tax BIGINT[],
  OUT event_currency TEXT[], OUT event_tax_rate INTEGER[], OUT event_hold_seconds INTEGER[],
  OUT price_amount INTEGER[], OUT price_fee INTEGER[],
  OUT seat_conflict INTEGER[],
  OUT slot_capacity INTEGER[], OUT slot_held INTEGER[], OUT slot_sold INTEGER[],
  OUT slot_blocked INTEGER[], OUT slot_rev BIGINT[],
  OUT flipped_event UUID[], OUT flipped_status TEXT[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  order_count INTEGER := cardinality(o_id);
  line_count INTEGER := cardinality(l_order_of);
  seat_count INTEGER := cardinality(s_line_of);
  k_stock BIGINT[]; k_free INTEGER[]; k_seats INTEGER[];
  k_taken BYTEA[]; k_sold_map BYTEA[]; k_blocked_map BYTEA[];
  e_verdict INTEGER[]; e_verdict_box INTEGER[]; e_max INTEGER[]; e_cap INTEGER[];
  w_places INTEGER[];
  -- Of each pair the first one with this person, and how many places that person may yet hold.
  w_holder INTEGER[]; h_left INTEGER[];
  p_id UUID[]; p_kind TEXT[]; p_value INTEGER[]; p_left INTEGER[]; p_each INTEGER[];
  p_open BOOLEAN[]; locked_levels TEXT[];
  replay RECORD;
  -- What became of the orders, their lines and all that they count for.
  done RECORD;
  is_plain BOOLEAN; any_placed BOOLEAN;
BEGIN
  verdict := array_fill(0, ARRAY[order_count]);
  original := array_fill(NULL::UUID, ARRAY[order_count]);

  -- 1. The stock rows, in the order that everyone locks them. Which they are never changes.
  SELECT array_agg(st.id ORDER BY x.i) INTO k_stock
    FROM unnest(k_event_of, k_section) WITH ORDINALITY x(event_of, section, i)
    LEFT JOIN stock st ON st.event_id = e_id[x.event_of] AND st.section_id = x.section;
  PERFORM 1 FROM stock WHERE id = ANY (k_stock) ORDER BY id FOR NO KEY UPDATE;

  -- 2. New statements from here on see whatever was committed before we had the locks.
  SELECT array_agg(t.capacity - t.held - t.sold - t.blocked ORDER BY t.i),
         array_agg(t.seats ORDER BY t.i), array_agg(t.taken_seats ORDER BY t.i),
         array_agg(t.sold_seats ORDER BY t.i), array_agg(t.blocked_seats ORDER BY t.i)
    INTO k_free, k_seats, k_taken, k_sold_map, k_blocked_map
    FROM (SELECT x.i, st.* FROM unnest(k_stock) WITH ORDINALITY x(id, i)
          LEFT JOIN stock st ON st.id = x.id) t;
  SELECT array_agg(ev.currency ORDER BY x.i), array_agg(ev.tax_rate ORDER BY x.i),
         array_agg(ev.hold_seconds ORDER BY x.i), array_agg(ev.max_per_order ORDER BY x.i),
         array_agg(ev.max_per_person ORDER BY x.i),
         array_agg(CASE WHEN ev.id IS NULL OR ev.status = 'DRAFT' THEN 4
                        WHEN ev.status IN ('ON_SALE', 'SOLD_OUT', 'LIVE')
                          AND p_now < coalesce(ev.sales_end_at, ev.start_time) THEN 0
                        ELSE 5 END ORDER BY x.i),
         array_agg(CASE WHEN ev.id IS NULL THEN 4
                        WHEN ev.status IN ('SCHEDULED', 'ON_SALE', 'SOLD_OUT', 'PAUSED', 'LIVE')
                          AND p_now < ev.end_time THEN 0
                        ELSE 5 END ORDER BY x.i)
    INTO event_currency, event_tax_rate, event_hold_seconds, e_max, e_cap, e_verdict, e_verdict_box
    FROM unnest(e_id) WITH ORDINALITY x(id, i) LEFT JOIN events ev ON ev.id = x.id;
  SELECT array_agg(p.amount ORDER BY x.i), array_agg(p.fee ORDER BY x.i)
    INTO price_amount, price_fee
    FROM unnest(q_slot_of, q_level) WITH ORDINALITY x(slot_of, level, i)
    LEFT JOIN tier_prices p ON p.event_id = e_id[k_event_of[x.slot_of]]
      AND p.section_id = k_section[x.slot_of] AND p.price_level = x.level;

  -- 3. Replays. LIMIT 1 pins one index probe a key.
  FOR replay IN
    SELECT x.i, old.id, old.request_hash = x.hash AS is_same
      FROM unnest(o_key, o_hash, o_person_of) WITH ORDINALITY x(key, hash, person_of, i)
      CROSS JOIN LATERAL (
        SELECT id, request_hash FROM orders
        WHERE user_id = w_person[x.person_of] AND idempotency_key = x.key LIMIT 1) old
      WHERE x.key IS NOT NULL
  LOOP
    verdict[replay.i] := CASE WHEN replay.is_same THEN 2 ELSE 3 END;
    original[replay.i] := replay.id;
  END LOOP;

  -- 4. Promo codes, and the levels that are sold only with one.
  IF cardinality(p_code) > 0 THEN
    -- Found first and locked by id: to lock them in order, a small table's plan reads it whole.
    SELECT array_agg(c.id ORDER BY x.i) INTO p_id
      FROM unnest(p_event_of, p_code) WITH ORDINALITY x(event_of, code, i)
      LEFT JOIN promo_codes c ON c.event_id = e_id[x.event_of]
        AND coalesce(c.code_key, lower(c.code)) = x.code AND c.deleted_at IS NULL;
    PERFORM 1 FROM promo_codes WHERE id = ANY (p_id) ORDER BY id FOR NO KEY UPDATE;
    SELECT array_agg(c.id ORDER BY x.i), array_agg(c.kind ORDER BY x.i),
           array_agg(c.value ORDER BY x.i), array_agg(c.max_uses - c.uses ORDER BY x.i),
           array_agg(c.max_per_person ORDER BY x.i),
           array_agg(c.id IS NOT NULL AND p_now >= coalesce(c.valid_from, p_now)
             AND p_now < coalesce(c.valid_until, 'infinity') ORDER BY x.i)
      INTO p_id, p_kind, p_value, p_left, p_each, p_open
      FROM unnest(p_id) WITH ORDINALITY x(id, i)
      LEFT JOIN promo_codes c ON c.id = x.id AND c.deleted_at IS NULL;
  END IF;
  -- The key of a locked level is its event's number and its name. Deleted codes lock it, too.
  SELECT array_agg(DISTINCT x.i || ':' || level) INTO locked_levels
    FROM unnest(e_id) WITH ORDINALITY x(id, i)
    JOIN promo_codes c ON c.event_id = x.id AND c.event_id = ANY (e_id) AND c.unlocks <> '{}'
    CROSS JOIN unnest(c.unlocks) level;

  -- 5. The counters of capped events, each pair once, in order.
  IF cardinality(array_remove(e_cap, NULL)) > 0 THEN
    INSERT INTO person_places (event_id, person_id, places)
      SELECT e_id[x.event_of], x.person, 0 FROM unnest(w_event_of, w_person) x(event_of, person)
      WHERE e_cap[x.event_of] IS NOT NULL ORDER BY 1, 2 ON CONFLICT DO NOTHING;
    PERFORM 1 FROM person_places
      WHERE event_id = ANY (e_id) AND person_id = ANY (w_person) AND (event_id, person_id) IN
        (SELECT e_id[x.event_of], x.person FROM unnest(w_event_of, w_person) x(event_of, person)
         WHERE e_cap[x.event_of] IS NOT NULL)
      ORDER BY event_id, person_id FOR NO KEY UPDATE;
    SELECT array_agg(p.places ORDER BY x.i) INTO w_places
      FROM unnest(w_event_of, w_person) WITH ORDINALITY x(event_of, person, i)
      LEFT JOIN person_places p ON p.event_id = e_id[x.event_of] AND p.person_id = x.person;
  END IF;

  -- What people hold unpaid over all events. Their locks are of this transaction alone: what they
  -- hold only grows here. OFFSET 0 keeps the status out of the choice of the index, which is theirs.
  IF p_held_max IS NOT NULL AND o_pay && '{-1,0,1}' THEN
    PERFORM pg_advisory_xact_lock(x.lock) FROM (
      SELECT DISTINCT uuid_hash_extended(person, 0) AS lock FROM unnest(w_person) person ORDER BY 1) x;
    SELECT array_agg(x.holder ORDER BY x.i), array_agg(p_held_max - x.places ORDER BY x.i)
      INTO w_holder, h_left
      FROM (SELECT u.i, min(u.i) OVER (PARTITION BY u.person) AS holder, held.places
            FROM unnest(w_person) WITH ORDINALITY u(person, i)
            CROSS JOIN LATERAL (
              SELECT count(*)::INTEGER AS places
              FROM (SELECT id, status, payment_status, expires_at FROM orders
                    WHERE user_id = u.person AND id >= p_held_since OFFSET 0) o
              JOIN tickets t ON t.order_id = o.id
              WHERE o.status = 'PENDING' AND (o.expires_at > p_now OR in_flight(o.payment_status))
            ) held) x;
  END IF;

  -- 6. At once where nothing can be refused; else in arrival order, each order all or nothing.
  IF line_count = order_count AND seat_count = 0 AND p_id IS NULL AND locked_levels IS NULL
    AND 0 = ALL (verdict) AND 0 = ALL (e_verdict) THEN
    SELECT *, array_fill(TRUE, ARRAY[line_count]) AS l_taken INTO done FROM plain_batch(
      l_price_of, l_quantity, o_event_of, o_person_of, o_pay, q_slot_of, price_amount, price_fee,
      k_stock, k_seats, k_free, e_max, e_cap, event_tax_rate, w_event_of, w_places, w_holder, h_left);
    is_plain := done.is_plain;
  END IF;
  IF is_plain THEN
    discount := array_fill(0::BIGINT, ARRAY[order_count]); seat_conflict := '{}';
  ELSE
    done := place_in_turn(
      verdict, o_event_of, o_person_of, o_promo_of, o_pay,
      l_order_of, l_price_of, l_quantity, s_line_of, s_index,
      q_slot_of, q_level, price_amount, price_fee,
      k_section, k_stock, k_seats, k_free, k_taken, k_sold_map, k_blocked_map,
      e_verdict, e_verdict_box, e_max, e_cap, event_tax_rate,
      w_person, w_places, w_holder, h_left, p_held_max,
      p_id, p_kind, p_value, p_left, p_each, p_open, locked_levels);
    verdict := done.verdict; discount := done.discount; seat_conflict := done.seat_conflict;
    k_taken := done.k_taken; k_sold_map := done.k_sold_map;
  END IF;
  subtotal := done.subtotal; fees := done.fees; tax := done.tax;

  -- 7. Who was refused for what an expired hold still has is asked to come again.
  IF verdict && '{1,7,9,13}' THEN
    SELECT array_agg(CASE WHEN x.v IN (1, 7, 9, 13) AND EXISTS (
               SELECT 1 FROM orders old WHERE old.event_id = e_id[x.event_of]
                 AND old.status = 'PENDING' AND old.expires_at <= p_now
                 AND NOT in_flight(old.payment_status))
             THEN 12 ELSE x.v END ORDER BY x.i)
      INTO verdict FROM unnest(verdict, o_event_of) WITH ORDINALITY x(v, event_of, i);
  END IF;

  -- 8. Write, set-based.
  any_placed := 0 = ANY (verdict);
  IF any_placed THEN
    INSERT INTO orders (id, event_id, user_id, created_at, expires_at, subtotal, fees, discount,
        tax, total, promo_id,
        tax_rate, hold_seconds, status, payment_status, placed_status, placed_payment_status,
        raised_for_payment, payment_method, currency, request_hash, idempotency_key)
      SELECT o_id[x.i], e_id[x.e], w_person[o_person_of[x.i]], p_now,
          p_now + make_interval(secs => CASE WHEN x.pay < 0 THEN least(event_hold_seconds[x.e], 180)
                                         ELSE event_hold_seconds[x.e] END),
          subtotal[x.i], fees[x.i], discount[x.i], tax[x.i], subtotal[x.i] + fees[x.i] - discount[x.i],
          p_id[o_promo_of[x.i]], event_tax_rate[x.e], event_hold_seconds[x.e],
          st.o, st.p, st.o, st.p, x.pay = 1,
          CASE x.pay WHEN 2 THEN 'free' WHEN 3 THEN 'box_office' WHEN 4 THEN 'invoice' ELSE 'card' END,
          event_currency[x.e], o_hash[x.i], x.key
        -- What has a fixed length is cheaper to index than to unnest.
        FROM unnest(o_key, o_event_of, o_pay) WITH ORDINALITY x(key, e, pay, i)
        CROSS JOIN LATERAL (SELECT
            CASE WHEN done.o_sold[x.i] THEN 'CONFIRMED'::order_status ELSE 'PENDING' END AS o,
            CASE WHEN x.pay = 4 AND subtotal[x.i] + fees[x.i] > discount[x.i] THEN 'PENDING'::payment_status
                 WHEN done.o_sold[x.i] THEN 'NOT_REQUIRED' WHEN x.pay = 1 THEN 'PROCESSING'
                 ELSE 'PENDING' END AS p) st
        WHERE verdict[x.i] = 0;
    IF 0 = ANY (k_seats) THEN
      INSERT INTO tickets (order_id, number, event_id, section_id, price_level, amount, fee, status)
        SELECT o_id[x.o], x.base + x.g, e_id[o_event_of[x.o]], k_section[q_slot_of[x.q]], q_level[x.q],
            price_amount[x.q], price_fee[x.q],
            CASE WHEN done.o_sold[x.o] THEN 'VALID'::ticket_status ELSE 'RESERVED' END
          FROM (SELECT l.o, l.q, l.base, generate_series(1, l.n) AS g
                FROM unnest(l_order_of, l_price_of, l_quantity, l_base, done.l_taken)
                  l(o, q, n, base, is_taken)
                WHERE l.is_taken AND k_seats[q_slot_of[l.q]] = 0) x;
    END IF;
    IF seat_count > 0 THEN
      INSERT INTO tickets (order_id, number, event_id, section_id, seat_index, seat, seat_row,
          price_level, amount, fee, status)
        SELECT o_id[l_order_of[x.l]],
            l_base[x.l] + row_number() OVER (PARTITION BY x.l ORDER BY x.i),
            e_id[o_event_of[l_order_of[x.l]]], k_section[q_slot_of[l_price_of[x.l]]],
            x.idx, x.number, x.label, q_level[l_price_of[x.l]], price_amount[l_price_of[x.l]],
            price_fee[l_price_of[x.l]],
            CASE WHEN done.o_sold[l_order_of[x.l]] THEN 'VALID'::ticket_status ELSE 'RESERVED' END
          FROM unnest(s_line_of, s_index, s_row, s_number) WITH ORDINALITY x(l, idx, label, number, i)
          WHERE done.l_taken[x.l];
    END IF;
    IF p_id IS NOT NULL THEN
      UPDATE promo_codes c SET uses = c.uses + x.more
        FROM unnest(p_id, done.p_more) x(id, more)
        WHERE x.more > 0 AND c.id = x.id AND c.id = ANY (p_id);
      PERFORM spread_discounts(
        array(SELECT x.id FROM unnest(o_id, discount) x(id, off) WHERE x.off > 0));
    END IF;
    -- Payments' own function: due_charges(orders UUID[], tokens TEXT[], now) writes a due charge an
    -- order and one wake-up job for all.
    IF 1 = ANY (o_pay) THEN
      PERFORM due_charges(
        array(SELECT x.id FROM unnest(o_id, o_pay, verdict, done.o_sold) x(id, pay, v, is_sold)
              WHERE x.pay = 1 AND x.v = 0 AND NOT x.is_sold),
        array(SELECT x.token FROM unnest(o_token, o_pay, verdict, done.o_sold) x(token, pay, v, is_sold)
              WHERE x.pay = 1 AND x.v = 0 AND NOT x.is_sold), p_now);
    END IF;
    IF w_places IS NOT NULL THEN
      UPDATE person_places p SET places = p.places + x.more
        FROM unnest(w_event_of, w_person, done.w_more) x(event_of, person, more)
        WHERE x.more > 0 AND p.event_id = e_id[x.event_of] AND p.person_id = x.person
          AND p.event_id = ANY (e_id) AND p.person_id = ANY (w_person);
    END IF;
    UPDATE stock st
      SET held = st.held + x.held_more, sold = st.sold + x.sold_more, rev = st.rev + 1,
          taken_seats = k_taken[x.i], sold_seats = k_sold_map[x.i]
      FROM unnest(k_stock, done.k_held_more, done.k_sold_more)
        WITH ORDINALITY x(id, held_more, sold_more, i)
      WHERE st.id = x.id AND st.id = ANY (k_stock) AND x.held_more + x.sold_more > 0;
    IF cardinality(p_reactions) > 0 AND TRUE = ANY (done.o_sold) THEN
      PERFORM tell_placed(p_reactions, p_now,
        array(SELECT x.id FROM unnest(o_id, done.o_sold) WITH ORDINALITY x(id, is_sold, i)
              WHERE x.is_sold ORDER BY x.i),
        array(SELECT x.places
              FROM unnest(done.o_places, done.o_sold) WITH ORDINALITY x(places, is_sold, i)
              WHERE x.is_sold ORDER BY x.i));
    END IF;
  END IF;

  -- 9. What the places are now.
  SELECT array_agg(st.capacity ORDER BY x.i), array_agg(st.held ORDER BY x.i),
         array_agg(st.sold ORDER BY x.i), array_agg(st.blocked ORDER BY x.i),
         array_agg(st.rev ORDER BY x.i)
    INTO slot_capacity, slot_held, slot_sold, slot_blocked, slot_rev
    FROM unnest(k_stock) WITH ORDINALITY x(id, i) LEFT JOIN stock st ON st.id = x.id;
  IF TRUE = ANY (done.o_sold) THEN
    PERFORM 1
      FROM unnest(slot_capacity, slot_sold, slot_blocked, done.k_sold_more) x(c, sold, blocked, more)
      WHERE x.more > 0 AND x.sold + x.blocked = x.c;
    IF FOUND THEN
      SELECT array_agg(f.event_id), array_agg(f.status::TEXT) INTO flipped_event, flipped_status
        FROM flip_sold_out(e_id) f;
    END IF;
  END IF;
END $$;
