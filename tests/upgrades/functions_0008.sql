-- Spreads each order's discount over the tickets its code is for, in proportion to their amounts, by
-- largest remainder: the shares sum to the discount, ties go to the earlier ticket. As core/money.spread.
CREATE OR REPLACE FUNCTION spread_discounts(p_orders UUID[]) RETURNS VOID
LANGUAGE sql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off AS $$
  WITH eligible AS (
    SELECT t.order_id, t.number, o.discount * t.amount AS share,
           -- A sum of BIGINT is NUMERIC, and that divides without rounding down.
           (sum(t.amount::BIGINT) OVER (PARTITION BY t.order_id))::BIGINT AS whole, o.discount
    FROM orders o
    -- LEFT, so that no plan begins with all codes.
    LEFT JOIN promo_codes c ON c.id = o.promo_id
    JOIN tickets t ON t.order_id = o.id
      AND (c.section_ids IS NULL OR t.section_id = ANY (c.section_ids))
    WHERE o.id = ANY (p_orders) AND o.promo_id IS NOT NULL
  ), ranked AS (
    SELECT order_id, number, share / whole AS floor_share,
           row_number() OVER (PARTITION BY order_id ORDER BY share % whole DESC, number) AS place,
           discount - sum(share / whole) OVER (PARTITION BY order_id) AS rest
    FROM eligible WHERE whole > 0
  )
  UPDATE tickets t
  SET discount = r.floor_share + CASE WHEN r.place <= r.rest THEN 1 ELSE 0 END
  FROM ranked r WHERE t.order_id = ANY (p_orders) AND t.order_id = r.order_id AND t.number = r.number;
$$;
-- All orders that arrived during the previous commit, in one transaction, in arrival order.
--
-- Arrays are parallel; *_of arrays hold positions (from 1) in another group:
--   e_*  the distinct events          k_*  the distinct (event, section) pairs
--   q_*  the distinct prices asked    w_*  the distinct (event, person) pairs
--   o_*  the orders                   l_*  their lines, an order's lines adjacent
--   s_*  the named seats, a line's seats adjacent
--   p_*  the distinct (event, promo code) pairs; o_promo_of is 0 for an order without a code
-- o_pay: 0 a bare hold · 1 a card with its token · 2 free · 3 box office · 4 invoice
--
-- verdict of each order:
--   0 placed · 1 not as many places left · 2 replay · 3 key used for another request
--   4 no such event · 5 not on sale · 6 over the limit per order · 7 over the limit per person
--   8 no such section or price level · 9 a named seat is taken · 10 not free
--   11 seats named in a standing section, none named in a seated one, or no such seat
--   12 ask again once the expired holds of the event are given back
--   13 promo code unknown, over, used up, or for nothing of this order
--
-- Lock order, everywhere: stock rows by id, promo rows by id, (event, person) counters, events by id.
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
  OUT verdict INTEGER[], OUT original UUID[],
  OUT subtotal BIGINT[], OUT fees BIGINT[], OUT discount BIGINT[],
  OUT tax BIGINT[],
  OUT event_currency TEXT[], OUT event_tax_rate INTEGER[], OUT event_hold_seconds INTEGER[],
  OUT price_amount INTEGER[], OUT price_fee INTEGER[],
  OUT seat_conflict INTEGER[],
  OUT slot_capacity INTEGER[], OUT slot_held INTEGER[], OUT slot_sold INTEGER[],
  OUT slot_blocked INTEGER[], OUT slot_rev BIGINT[],
  OUT flipped_event UUID[], OUT flipped_status TEXT[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  order_count INTEGER := cardinality(o_id);
  line_count INTEGER := cardinality(l_order_of);
  seat_count INTEGER := cardinality(s_line_of);
  k_stock BIGINT[]; k_free INTEGER[]; k_seats INTEGER[];
  k_taken BYTEA[]; k_sold_map BYTEA[]; k_blocked_map BYTEA[];
  k_held_more INTEGER[]; k_sold_more INTEGER[];
  e_verdict INTEGER[]; e_verdict_box INTEGER[]; e_max INTEGER[]; e_cap INTEGER[];
  w_places INTEGER[]; w_more INTEGER[];
  p_id UUID[]; p_kind TEXT[]; p_value INTEGER[]; p_left INTEGER[]; p_each INTEGER[];
  p_open BOOLEAN[]; p_more INTEGER[]; locked_levels TEXT[];
  p INTEGER; base BIGINT; used INTEGER; total BIGINT;
  l_taken BOOLEAN[] := array_fill(FALSE, ARRAY[greatest(line_count, 1)]);
  o_sold BOOLEAN[] := array_fill(FALSE, ARRAY[order_count]);
  replay RECORD;
  e INTEGER; i INTEGER; j INTEGER; k INTEGER; n INTEGER; q INTEGER; s INTEGER; w INTEGER;
  first_line INTEGER; first_seat INTEGER; seat_from INTEGER; v INTEGER; places INTEGER;
  any_placed BOOLEAN := FALSE; any_short BOOLEAN := FALSE;
BEGIN
  verdict := array_fill(0, ARRAY[order_count]);
  original := array_fill(NULL::UUID, ARRAY[order_count]);
  subtotal := array_fill(0::BIGINT, ARRAY[order_count]);
  fees := subtotal; tax := subtotal; discount := subtotal;
  seat_conflict := '{}';
  k_held_more := array_fill(0, ARRAY[cardinality(k_section)]);
  k_sold_more := k_held_more;
  w_more := array_fill(0, ARRAY[cardinality(w_person)]);

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
        AND lower(c.code) = lower(x.code) AND c.deleted_at IS NULL;
    PERFORM 1 FROM promo_codes WHERE id = ANY (p_id) ORDER BY id FOR NO KEY UPDATE;
    SELECT array_agg(c.id ORDER BY x.i), array_agg(c.kind ORDER BY x.i),
           array_agg(c.value ORDER BY x.i), array_agg(c.max_uses - c.uses ORDER BY x.i),
           array_agg(c.max_per_person ORDER BY x.i),
           array_agg(c.id IS NOT NULL AND p_now >= coalesce(c.valid_from, p_now)
             AND p_now < coalesce(c.valid_until, 'infinity') ORDER BY x.i)
      INTO p_id, p_kind, p_value, p_left, p_each, p_open
      FROM unnest(p_id) WITH ORDINALITY x(id, i)
      LEFT JOIN promo_codes c ON c.id = x.id AND c.deleted_at IS NULL;
    p_more := array_fill(0, ARRAY[cardinality(p_code)]);
  END IF;
  -- The key of a locked level is its event's number and its name.
  SELECT array_agg(DISTINCT x.i || ':' || level) INTO locked_levels
    FROM unnest(e_id) WITH ORDINALITY x(id, i)
    JOIN promo_codes c ON c.event_id = x.id AND c.event_id = ANY (e_id)
      AND c.deleted_at IS NULL AND c.unlocks <> '{}'
    CROSS JOIN unnest(c.unlocks) level;

  -- 5. The counters of capped events, each pair once, in order.
  IF EXISTS (SELECT 1 FROM unnest(e_cap) c WHERE c IS NOT NULL) THEN
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

  -- 6. Allocate in arrival order, each order all or nothing.
  j := 1; s := 1;
  FOR i IN 1..order_count LOOP
    first_line := j; first_seat := s; places := 0;
    e := o_event_of[i]; w := o_person_of[i]; p := o_promo_of[i];
    v := verdict[i];
    IF v = 0 THEN v := CASE WHEN o_pay[i] >= 3 THEN e_verdict_box[e] ELSE e_verdict[e] END; END IF;
    WHILE j <= line_count AND l_order_of[j] = i LOOP
      q := l_price_of[j]; k := q_slot_of[q]; n := l_quantity[j];
      seat_from := s;
      WHILE s <= seat_count AND s_line_of[s] = j LOOP s := s + 1; END LOOP;
      IF v = 0 THEN
        IF k_stock[k] IS NULL OR price_amount[q] IS NULL THEN v := 8;
        ELSIF locked_levels IS NOT NULL AND e || ':' || q_level[q] = ANY (locked_levels)
          AND (p = 0 OR NOT EXISTS (SELECT 1 FROM promo_codes c
               WHERE c.id = p_id[p] AND q_level[q] = ANY (c.unlocks))) THEN
          v := CASE WHEN p = 0 THEN 8 ELSE 13 END;
        ELSIF (k_seats[k] > 0) <> (s > seat_from) THEN v := 11;
        ELSIF k_free[k] < n THEN v := 1;
        ELSE
          FOR m IN seat_from..s - 1 LOOP
            IF s_index[m] < 0 OR s_index[m] >= k_seats[k] THEN v := 11;
            ELSIF get_bit(k_taken[k], s_index[m]) = 1 OR get_bit(k_blocked_map[k], s_index[m]) = 1 THEN
              v := 9; seat_conflict := seat_conflict || m;
            END IF;
          END LOOP;
          IF v = 0 THEN
            FOR m IN seat_from..s - 1 LOOP
              k_taken[k] := set_bit(k_taken[k], s_index[m], 1);
            END LOOP;
            k_free[k] := k_free[k] - n; l_taken[j] := TRUE; places := places + n;
            subtotal[i] := subtotal[i] + price_amount[q]::BIGINT * n;
            fees[i] := fees[i] + price_fee[q]::BIGINT * n;
          END IF;
        END IF;
      END IF;
      j := j + 1;
    END LOOP;
    IF v = 0 THEN
      IF places > e_max[e] THEN v := 6;
      ELSIF e_cap[e] IS NOT NULL AND w_places[w] + w_more[w] + places > e_cap[e] THEN v := 7;
      ELSIF p > 0 THEN
        used := 0;
        IF p_each[p] IS NOT NULL THEN
          SELECT coalesce(max(pp.uses), 0) INTO used FROM promo_people pp
            WHERE pp.promo_id = p_id[p] AND pp.person_id = w_person[w];
        END IF;
        SELECT sum(price_amount[l_price_of[g]]::BIGINT * l_quantity[g]) INTO base
          FROM generate_series(first_line, j - 1) g JOIN promo_codes c ON c.id = p_id[p]
          WHERE c.section_ids IS NULL OR k_section[q_slot_of[l_price_of[g]]] = ANY (c.section_ids);
        IF NOT p_open[p] OR p_left[p] <= p_more[p] OR used >= p_each[p] OR base IS NULL THEN
          v := 13;
        ELSE
          discount[i] := CASE p_kind[p] WHEN 'PERCENT' THEN base * p_value[p] / 100
                                        ELSE least(p_value[p], base) END;
        END IF;
      END IF;
    END IF;
    IF v = 0 AND o_pay[i] = 2 AND subtotal[i] + fees[i] > discount[i] THEN v := 10; END IF;
    verdict[i] := v;
    IF v = 0 THEN
      any_placed := TRUE;
      total := subtotal[i] + fees[i] - discount[i];
      o_sold[i] := o_pay[i] >= 2 OR total = 0;
      tax[i] := (2 * total * event_tax_rate[e] + 10000 + event_tax_rate[e])
                / (2 * (10000 + event_tax_rate[e]));
      IF e_cap[e] IS NOT NULL THEN w_more[w] := w_more[w] + places; END IF;
      IF p > 0 THEN
        p_more[p] := p_more[p] + 1;
        -- Under the promo row's lock, like every other writer of these counters.
        IF p_each[p] IS NOT NULL THEN
          INSERT INTO promo_people AS pp (promo_id, person_id, uses)
            VALUES (p_id[p], w_person[w], 1)
            ON CONFLICT (promo_id, person_id) DO UPDATE SET uses = pp.uses + 1;
        END IF;
      END IF;
    END IF;
    -- Book what the order took, or put it back.
    s := first_seat;
    FOR m IN first_line..j - 1 LOOP
      k := q_slot_of[l_price_of[m]];
      WHILE s <= seat_count AND s_line_of[s] = m LOOP
        IF l_taken[m] THEN
          IF v <> 0 THEN k_taken[k] := set_bit(k_taken[k], s_index[s], 0);
          ELSIF o_sold[i] THEN k_sold_map[k] := set_bit(k_sold_map[k], s_index[s], 1);
          END IF;
        END IF;
        s := s + 1;
      END LOOP;
      IF l_taken[m] THEN
        IF v <> 0 THEN k_free[k] := k_free[k] + l_quantity[m]; l_taken[m] := FALSE;
        ELSIF o_sold[i] THEN k_sold_more[k] := k_sold_more[k] + l_quantity[m];
        ELSE k_held_more[k] := k_held_more[k] + l_quantity[m];
        END IF;
      END IF;
    END LOOP;
    IF v <> 0 THEN subtotal[i] := 0; fees[i] := 0; discount[i] := 0; END IF;
    any_short := any_short OR v IN (1, 7, 9, 13);
  END LOOP;

  -- 7. Who was refused for what an expired hold still has is asked to come again.
  IF any_short THEN
    SELECT array_agg(CASE WHEN x.v IN (1, 7, 9, 13) AND EXISTS (
               SELECT 1 FROM orders old WHERE old.event_id = e_id[x.event_of]
                 AND old.status = 'PENDING' AND old.expires_at <= p_now
                 AND old.payment_status NOT IN ('PROCESSING', 'REQUIRES_ACTION', 'RETRYING'))
             THEN 12 ELSE x.v END ORDER BY x.i)
      INTO verdict FROM unnest(verdict, o_event_of) WITH ORDINALITY x(v, event_of, i);
  END IF;

  -- 8. Write, set-based.
  IF any_placed THEN
    INSERT INTO orders (id, event_id, user_id, created_at, expires_at, subtotal, fees, discount,
        tax, total, promo_id,
        tax_rate, hold_seconds, status, payment_status, placed_status, placed_payment_status,
        raised_for_payment, payment_method, currency, request_hash, idempotency_key)
      SELECT x.id, e_id[x.e], w_person[x.w], p_now,
          p_now + make_interval(secs => event_hold_seconds[x.e]),
          x.sub, x.fee, x.off, x.tx, x.sub + x.fee - x.off, p_id[x.p], event_tax_rate[x.e], event_hold_seconds[x.e],
          st.o, st.p, st.o, st.p, x.pay = 1,
          CASE x.pay WHEN 2 THEN 'free' WHEN 3 THEN 'box_office' WHEN 4 THEN 'invoice' ELSE 'card' END,
          event_currency[x.e], x.hash, x.key
        FROM unnest(o_id, o_event_of, o_person_of, o_key, o_hash, o_pay, o_sold, verdict, subtotal, fees, discount, tax, o_promo_of)
          x(id, e, w, key, hash, pay, is_sold, v, sub, fee, off, tx, p)
        CROSS JOIN LATERAL (SELECT
            CASE WHEN x.is_sold THEN 'CONFIRMED' ELSE 'PENDING' END::order_status AS o,
            CASE WHEN x.pay = 4 AND x.sub + x.fee > x.off THEN 'PENDING' WHEN x.is_sold THEN 'NOT_REQUIRED'
                 WHEN x.pay = 1 THEN 'PROCESSING' ELSE 'PENDING' END::payment_status AS p) st
        WHERE x.v = 0;
    IF seat_count < (SELECT sum(u) FROM unnest(l_quantity) u) THEN
      INSERT INTO tickets (order_id, number, event_id, section_id, price_level, amount, fee, status)
        SELECT o_id[x.o], x.base + g, e_id[o_event_of[x.o]], k_section[q_slot_of[x.q]], q_level[x.q],
            price_amount[x.q], price_fee[x.q],
            CASE WHEN o_sold[x.o] THEN 'VALID' ELSE 'RESERVED' END::ticket_status
          FROM unnest(l_order_of, l_price_of, l_quantity, l_base, l_taken) x(o, q, n, base, is_taken)
          CROSS JOIN generate_series(1, x.n) g
          WHERE x.is_taken AND k_seats[q_slot_of[x.q]] = 0;
    END IF;
    IF seat_count > 0 THEN
      INSERT INTO tickets (order_id, number, event_id, section_id, seat_index, seat, seat_row,
          price_level, amount, fee, status)
        SELECT o_id[l_order_of[x.l]],
            l_base[x.l] + row_number() OVER (PARTITION BY x.l ORDER BY x.i),
            e_id[o_event_of[l_order_of[x.l]]], k_section[q_slot_of[l_price_of[x.l]]],
            x.idx, x.number, x.label, q_level[l_price_of[x.l]], price_amount[l_price_of[x.l]],
            price_fee[l_price_of[x.l]],
            CASE WHEN o_sold[l_order_of[x.l]] THEN 'VALID' ELSE 'RESERVED' END::ticket_status
          FROM unnest(s_line_of, s_index, s_row, s_number) WITH ORDINALITY x(l, idx, label, number, i)
          WHERE l_taken[x.l];
    END IF;
    IF p_more IS NOT NULL THEN
      UPDATE promo_codes c SET uses = c.uses + x.more
        FROM unnest(p_id, p_more) x(id, more)
        WHERE x.more > 0 AND c.id = x.id AND c.id = ANY (p_id);
      PERFORM spread_discounts(
        array(SELECT x.id FROM unnest(o_id, discount) x(id, off) WHERE x.off > 0));
    END IF;
    -- Payments' own function: due_charges(orders UUID[], tokens TEXT[], now) writes a due charge an
    -- order and one wake-up job for all.
    IF 1 = ANY (o_pay) THEN
      PERFORM due_charges(
        array(SELECT x.id FROM unnest(o_id, o_pay, verdict, o_sold) x(id, pay, v, is_sold)
              WHERE x.pay = 1 AND x.v = 0 AND NOT x.is_sold),
        array(SELECT x.token FROM unnest(o_token, o_pay, verdict, o_sold) x(token, pay, v, is_sold)
              WHERE x.pay = 1 AND x.v = 0 AND NOT x.is_sold), p_now);
    END IF;
    IF w_places IS NOT NULL THEN
      UPDATE person_places p SET places = p.places + x.more
        FROM unnest(w_event_of, w_person, w_more) x(event_of, person, more)
        WHERE x.more > 0 AND p.event_id = e_id[x.event_of] AND p.person_id = x.person
          AND p.event_id = ANY (e_id) AND p.person_id = ANY (w_person);
    END IF;
    UPDATE stock st
      SET held = st.held + x.held_more, sold = st.sold + x.sold_more, rev = st.rev + 1,
          taken_seats = k_taken[x.i], sold_seats = k_sold_map[x.i]
      FROM unnest(k_stock, k_held_more, k_sold_more) WITH ORDINALITY x(id, held_more, sold_more, i)
      WHERE st.id = x.id AND st.id = ANY (k_stock) AND x.held_more + x.sold_more > 0;
  END IF;

  -- 9. What the places are now.
  SELECT array_agg(st.capacity ORDER BY x.i), array_agg(st.held ORDER BY x.i),
         array_agg(st.sold ORDER BY x.i), array_agg(st.blocked ORDER BY x.i),
         array_agg(st.rev ORDER BY x.i)
    INTO slot_capacity, slot_held, slot_sold, slot_blocked, slot_rev
    FROM unnest(k_stock) WITH ORDINALITY x(id, i) LEFT JOIN stock st ON st.id = x.id;
  IF any_placed AND EXISTS (
      SELECT 1 FROM unnest(slot_capacity, slot_sold, slot_blocked, k_sold_more) x(c, sold, blocked, more)
      WHERE x.more > 0 AND x.sold + x.blocked = x.c) THEN
    SELECT array_agg(f.event_id), array_agg(f.status::TEXT) INTO flipped_event, flipped_status
      FROM flip_sold_out(e_id) f;
  END IF;
END $$;
-- The locks of whoever gives places of orders back or sells them, in the one order: stock rows,
-- promo rows, (event, person) counters. Before the orders themselves, always.
CREATE OR REPLACE FUNCTION lock_places(p_orders UUID[]) RETURNS VOID
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  stock_ids BIGINT[]; promo_ids UUID[]; events UUID[]; people UUID[];
BEGIN
  -- An order's tickets never change their section, so the rows to lock are known beforehand.
  -- They are found first and locked by = ANY: a plan cached while a table was small may begin with
  -- it, and would read all of it later.
  SELECT array_agg(st.id) INTO stock_ids
    FROM (SELECT DISTINCT t.event_id, t.section_id FROM tickets t WHERE t.order_id = ANY (p_orders)) x
    LEFT JOIN stock st ON st.event_id = x.event_id AND st.section_id = x.section_id;
  SELECT array_agg(DISTINCT o.promo_id), array_agg(DISTINCT o.event_id), array_agg(DISTINCT o.user_id)
    INTO promo_ids, events, people FROM orders o WHERE o.id = ANY (p_orders);
  PERFORM 1 FROM stock WHERE id = ANY (stock_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM promo_codes WHERE id = ANY (promo_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM person_places
    WHERE event_id = ANY (events) AND person_id = ANY (people) AND (event_id, person_id) IN
      (SELECT o.event_id, o.user_id FROM orders o WHERE o.id = ANY (p_orders))
    ORDER BY event_id, person_id FOR NO KEY UPDATE;
END $$;
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
-- Returns the stock rows that changed, and the events whose status flipped.
CREATE OR REPLACE FUNCTION settle_orders(
  p_orders UUID[], p_to order_status, p_now TIMESTAMPTZ, p_force BOOLEAN,
  p_numbers SMALLINT[] DEFAULT NULL,
  OUT moved UUID[], OUT event_of UUID[], OUT section_of UUID[],
  OUT slot_capacity INTEGER[], OUT slot_held INTEGER[], OUT slot_sold INTEGER[],
  OUT slot_blocked INTEGER[], OUT slot_rev BIGINT[],
  OUT flipped_event UUID[], OUT flipped_status TEXT[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off AS $$
DECLARE
  was_sold UUID[];
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
          WHEN o.payment_status IN ('PENDING', 'PROCESSING', 'REQUIRES_ACTION', 'RETRYING')
            AND o.payment_method = 'card' THEN 'FAILED'
          ELSE o.payment_status END::payment_status
      FROM before b
      WHERE o.id = b.id AND o.id = ANY (p_orders) AND CASE p_to
        WHEN 'EXPIRED' THEN o.status = 'PENDING' AND o.expires_at <= p_now
          AND o.payment_status NOT IN ('PROCESSING', 'REQUIRES_ACTION', 'RETRYING')
        WHEN 'CONFIRMED' THEN o.status = 'PENDING'
        WHEN 'CANCELLED' THEN
          o.status = 'PENDING' AND (p_force OR o.payment_status <> 'PROCESSING')
          OR o.status = 'CONFIRMED' AND o.payment_status IN ('NOT_REQUIRED', 'PENDING')
            AND (p_force OR NOT EXISTS (SELECT 1 FROM tickets t
                                        WHERE t.order_id = o.id AND t.status = 'CHECKED_IN'))
        WHEN 'PARTIALLY_REFUNDED' THEN
          o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED') AND p_numbers IS NOT NULL
        -- REFUNDED again: an event that is off takes the tickets that money alone had left.
        WHEN 'REFUNDED' THEN
          o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED') AND p_numbers IS NOT NULL
        ELSE FALSE END
      RETURNING o.id, b.status AS old
  )
  SELECT coalesce(array_agg(c.id), '{}'), coalesce(array_agg(c.id) FILTER (WHERE c.old <> 'PENDING'), '{}')
    INTO moved, was_sold FROM changed c;

  FOR change IN
    WITH touched AS (
      UPDATE tickets t SET status = CASE p_to WHEN 'CONFIRMED' THEN 'VALID' ELSE 'VOID' END::ticket_status
        WHERE t.order_id = ANY (moved) AND (p_numbers IS NULL AND t.status IN ('RESERVED', 'VALID')
          OR t.number = ANY (p_numbers) AND t.status IN ('VALID', 'CHECKED_IN'))
        RETURNING t.event_id, t.section_id, t.seat_index, t.order_id = ANY (was_sold) AS sold
    )
    SELECT st.id, st.taken_seats, st.sold_seats,
        count(*) FILTER (WHERE NOT x.sold)::INTEGER AS held_places,
        count(*) FILTER (WHERE x.sold)::INTEGER AS sold_places,
        array_agg(x.seat_index) FILTER (WHERE x.seat_index IS NOT NULL) AS seats
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
            WHERE o.id = ANY (moved) AND (p_numbers IS NULL OR t.number = ANY (p_numbers))
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
END $$;
-- Counts anew how many places each person has of an event; no counter is kept where it caps nobody.
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
      AND o.status NOT IN ('EXPIRED', 'CANCELLED', 'FAILED') AND t.status <> 'VOID'
    GROUP BY 1, 2;
$$;
-- ON_SALE ⇄ SOLD_OUT by itself: sold out when every place is sold or blocked, on sale when one
-- comes back. Locks the event rows, so of two batches that fill the last two sections the second
-- sees the first. Called with stock rows locked: stock before events, always.
-- Returns the events whose status changed and what it is now.
CREATE OR REPLACE FUNCTION flip_sold_out(p_events UUID[])
RETURNS TABLE (event_id UUID, status event_status)
LANGUAGE plpgsql SET jit = off AS $$
BEGIN
  PERFORM 1 FROM events e WHERE e.id = ANY (p_events) ORDER BY e.id FOR NO KEY UPDATE;
  RETURN QUERY
    WITH full_ones AS (
      SELECT s.event_id AS id, bool_and(s.sold + s.blocked = s.capacity) AS is_full
      FROM stock s WHERE s.event_id = ANY (p_events) GROUP BY s.event_id
    )
    UPDATE events e
    SET status = CASE WHEN f.is_full THEN 'SOLD_OUT' ELSE 'ON_SALE' END::event_status
    FROM full_ones f
    WHERE e.id = f.id
      AND (e.status = 'ON_SALE' AND f.is_full OR e.status = 'SOLD_OUT' AND NOT f.is_full)
    RETURNING e.id, e.status;
END $$;
-- A due charge for each order, and one wake-up job for all; called by place_orders and by
-- POST /orders/{id}/payment, in their transaction. Says for how many: an order whose attempts are
-- used up gets none, one with an open charge raises unique_violation.
CREATE OR REPLACE FUNCTION due_charges(p_orders UUID[], p_tokens TEXT[], p_now TIMESTAMPTZ)
RETURNS INTEGER LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  made INTEGER;
BEGIN
  INSERT INTO charges (order_id, attempt, amount, currency, token, status, due_at, created_at)
    SELECT o.id, 1 + coalesce(before.attempt, 0), o.total, o.currency, x.token, 'DUE', p_now, p_now
      FROM unnest(p_orders, p_tokens) x(id, token)
      JOIN orders o ON o.id = x.id
      LEFT JOIN LATERAL (
        SELECT c.attempt FROM charges c WHERE c.order_id = o.id ORDER BY c.attempt DESC LIMIT 1
      ) before ON TRUE
      WHERE coalesce(before.attempt, 0) < 5;
  GET DIAGNOSTICS made = ROW_COUNT;
  IF made > 0 THEN
    INSERT INTO pgqueuer (priority, status, entrypoint, payload)
      VALUES (0, 'queued', 'payments.charge_due', '{}');
  END IF;
  RETURN made;
END $$;
