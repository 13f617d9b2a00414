-- The orders of a batch in arrival order, each all or nothing, where plain_batch cannot count them at
-- once: named seats, several lines, codes, or something to refuse. The names are those of place_orders,
-- the rules those of refusals. Writes no table but promo_people.
--
-- Called once a batch and calling little: a call in the loop would copy the arrays that an order
-- changes. What refusals names is made part of the expression that asks it, and costs no call.
CREATE OR REPLACE FUNCTION place_in_turn(
  INOUT verdict INTEGER[],
  o_event_of INTEGER[], o_person_of INTEGER[], o_promo_of INTEGER[], o_pay INTEGER[],
  l_order_of INTEGER[], l_price_of INTEGER[], l_quantity INTEGER[],
  s_line_of INTEGER[], s_index INTEGER[],
  q_slot_of INTEGER[], q_level TEXT[], price_amount INTEGER[], price_fee INTEGER[],
  k_section UUID[], k_stock BIGINT[], k_seats INTEGER[], k_free INTEGER[],
  INOUT k_taken BYTEA[], INOUT k_sold_map BYTEA[], k_blocked_map BYTEA[],
  e_verdict INTEGER[], e_verdict_box INTEGER[], e_max INTEGER[], e_cap INTEGER[],
  event_tax_rate INTEGER[],
  w_person UUID[], w_places INTEGER[], w_holder INTEGER[], h_left INTEGER[], p_held_max INTEGER,
  p_id UUID[], p_kind TEXT[], p_value INTEGER[], p_left INTEGER[], p_each INTEGER[], p_open BOOLEAN[],
  locked_levels TEXT[],
  OUT seat_conflict INTEGER[],
  OUT subtotal BIGINT[], OUT fees BIGINT[], OUT discount BIGINT[], OUT tax BIGINT[],
  OUT o_sold BOOLEAN[], OUT o_places INTEGER[], OUT l_taken BOOLEAN[],
  OUT k_held_more INTEGER[], OUT k_sold_more INTEGER[], OUT w_more INTEGER[], OUT p_more INTEGER[]
) LANGUAGE plpgsql AS $$
DECLARE
  order_count INTEGER := cardinality(o_event_of);
  line_count INTEGER := cardinality(l_order_of);
  seat_count INTEGER := cardinality(s_line_of);
  -- Where we are, each in its group; and why the order is refused, 0 while it is not.
  this_event INTEGER; this_person INTEGER; this_promo INTEGER; this_price INTEGER; this_slot INTEGER;
  refusal INTEGER;
  first_line INTEGER; next_line INTEGER := 1;
  line_seat INTEGER; first_seat INTEGER; next_seat INTEGER := 1;
  wanted INTEGER; places INTEGER; off BIGINT; total BIGINT; seats_then BYTEA;
  is_buyer BOOLEAN; is_locked BOOLEAN := FALSE; is_sold BOOLEAN;
BEGIN
  seat_conflict := '{}';
  subtotal := array_fill(0::BIGINT, ARRAY[order_count]);
  fees := subtotal; discount := subtotal; tax := subtotal;
  o_sold := array_fill(FALSE, ARRAY[order_count]); o_places := array_fill(0, ARRAY[order_count]);
  l_taken := array_fill(FALSE, ARRAY[line_count]);
  k_held_more := array_fill(0, ARRAY[cardinality(k_section)]); k_sold_more := k_held_more;
  w_more := array_fill(0, ARRAY[cardinality(w_person)]);
  IF p_id IS NOT NULL THEN p_more := array_fill(0, ARRAY[cardinality(p_id)]); END IF;

  FOR this_order IN 1..order_count LOOP
    this_event := o_event_of[this_order]; this_person := o_person_of[this_order];
    this_promo := o_promo_of[this_order];
    -- The caps bind buyers: what a clerk sells counts for no person.
    is_buyer := o_pay[this_order] < 3;
    first_line := next_line; first_seat := next_seat; places := 0;
    WHILE next_line <= line_count AND l_order_of[next_line] = this_order LOOP
      places := places + l_quantity[next_line]; next_line := next_line + 1;
    END LOOP;

    -- Before its places are looked at.
    refusal := verdict[this_order];
    IF refusal = 0 THEN
      refusal := order_refusal(
        is_buyer, e_verdict[this_event], e_verdict_box[this_event], places, e_max[this_event]);
    END IF;

    -- Its places, line by line, while nothing is refused.
    FOR this_line IN first_line..next_line - 1 LOOP
      this_price := l_price_of[this_line]; this_slot := q_slot_of[this_price];
      wanted := l_quantity[this_line]; line_seat := next_seat;
      WHILE next_seat <= seat_count AND s_line_of[next_seat] = this_line LOOP
        next_seat := next_seat + 1;
      END LOOP;
      CONTINUE WHEN refusal <> 0;
      IF locked_levels IS NOT NULL THEN
        is_locked := level_is_locked(
          locked_levels, this_event, q_level[this_price], p_id[this_promo]);
      END IF;
      refusal := line_refusal(
        k_stock[this_slot], price_amount[this_price], is_locked, this_promo,
        k_seats[this_slot], next_seat - line_seat, k_free[this_slot], wanted);
      IF refusal = 0 AND next_seat > line_seat THEN
        seats_then := k_taken[this_slot];
        FOR this_seat IN line_seat..next_seat - 1 LOOP
          IF s_index[this_seat] < 0 OR s_index[this_seat] >= k_seats[this_slot] THEN refusal := 11;
          ELSIF get_bit(seats_then, s_index[this_seat]) = 1
            OR get_bit(k_blocked_map[this_slot], s_index[this_seat]) = 1 THEN
            refusal := 9; seat_conflict := seat_conflict || this_seat;
          ELSE seats_then := set_bit(seats_then, s_index[this_seat], 1);
          END IF;
        END LOOP;
        IF refusal = 0 THEN k_taken[this_slot] := seats_then; END IF;
      END IF;
      CONTINUE WHEN refusal <> 0;
      k_free[this_slot] := k_free[this_slot] - wanted; l_taken[this_line] := TRUE;
      subtotal[this_order] := subtotal[this_order] + price_amount[this_price]::BIGINT * wanted;
      fees[this_order] := fees[this_order] + price_fee[this_price]::BIGINT * wanted;
    END LOOP;

    -- Its person, its code and its money, once it has all places.
    IF refusal = 0 AND is_buyer
      AND w_places[this_person] + w_more[this_person] + places > e_cap[this_event] THEN refusal := 7;
    END IF;
    IF refusal = 0 AND this_promo > 0 THEN
      off := promo_discount(
        p_id[this_promo], p_kind[this_promo], p_value[this_promo], p_each[this_promo],
        w_person[this_person],
        array(SELECT k_section[q_slot_of[l_price_of[g]]]
              FROM generate_series(first_line, next_line - 1) g),
        array(SELECT price_amount[l_price_of[g]]::BIGINT * l_quantity[g]
              FROM generate_series(first_line, next_line - 1) g));
      IF NOT p_open[this_promo] OR p_left[this_promo] <= p_more[this_promo] OR off IS NULL THEN
        refusal := 13;
      ELSE discount[this_order] := off;
      END IF;
    END IF;
    IF refusal = 0 THEN
      total := subtotal[this_order] + fees[this_order] - discount[this_order];
      is_sold := o_pay[this_order] >= 2 OR total = 0 AND o_pay[this_order] >= 0;
      refusal := money_refusal(
        o_pay[this_order], total, is_sold, places, h_left[w_holder[this_person]], p_held_max);
    END IF;

    -- It is placed: whom and what that counts for.
    verdict[this_order] := refusal;
    IF refusal = 0 THEN
      o_places[this_order] := places; o_sold[this_order] := is_sold;
      tax[this_order] := tax_inside(total, event_tax_rate[this_event]);
      IF is_buyer AND e_cap[this_event] IS NOT NULL THEN
        w_more[this_person] := w_more[this_person] + places;
      END IF;
      IF NOT is_sold AND h_left IS NOT NULL THEN
        h_left[w_holder[this_person]] := h_left[w_holder[this_person]] - places;
      END IF;
      IF this_promo > 0 THEN
        p_more[this_promo] := p_more[this_promo] + 1;
        -- Under the promo row's lock, like every other writer of these counters.
        IF p_each[this_promo] IS NOT NULL THEN
          INSERT INTO promo_people AS pp (promo_id, person_id, uses)
            VALUES (p_id[this_promo], w_person[this_person], 1)
            ON CONFLICT (promo_id, person_id) DO UPDATE SET uses = pp.uses + 1;
        END IF;
      END IF;
    ELSE subtotal[this_order] := 0; fees[this_order] := 0; discount[this_order] := 0;
    END IF;

    -- What it took is sold or held, or goes back.
    IF refusal <> 0 OR is_sold THEN
      FOR this_seat IN first_seat..next_seat - 1 LOOP
        CONTINUE WHEN NOT l_taken[s_line_of[this_seat]];
        this_slot := q_slot_of[l_price_of[s_line_of[this_seat]]];
        IF refusal <> 0 THEN k_taken[this_slot] := set_bit(k_taken[this_slot], s_index[this_seat], 0);
        ELSE k_sold_map[this_slot] := set_bit(k_sold_map[this_slot], s_index[this_seat], 1);
        END IF;
      END LOOP;
    END IF;
    FOR this_line IN first_line..next_line - 1 LOOP
      CONTINUE WHEN NOT l_taken[this_line];
      this_slot := q_slot_of[l_price_of[this_line]]; wanted := l_quantity[this_line];
      IF refusal <> 0 THEN l_taken[this_line] := FALSE; k_free[this_slot] := k_free[this_slot] + wanted;
      ELSIF is_sold THEN k_sold_more[this_slot] := k_sold_more[this_slot] + wanted;
      ELSE k_held_more[this_slot] := k_held_more[this_slot] + wanted;
      END IF;
    END LOOP;
  END LOOP;
END $$;
