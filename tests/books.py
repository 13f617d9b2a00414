"""What must be true of a whole database whenever nobody is writing: one SQL query a rule.

Each rule selects what breaks it, in words, and so nothing at all where the books are in order.
"""

from __future__ import annotations

from typing import Final

import asyncpg

# Tickets by section, in one pass over the table.
_LIVE: Final = """
WITH live AS MATERIALIZED (
  SELECT event_id, section_id, seat_index, status <> 'RESERVED' AS is_sold
  FROM tickets WHERE status IN ('RESERVED', 'VALID', 'CHECKED_IN')
), counted AS MATERIALIZED (
  SELECT event_id, section_id, count(*) FILTER (WHERE NOT is_sold) AS held,
         count(*) FILTER (WHERE is_sold) AS sold,
         array_agg(seat_index) FILTER (WHERE seat_index IS NOT NULL) AS taken,
         array_agg(seat_index) FILTER (WHERE seat_index IS NOT NULL AND is_sold) AS sold_seats
  FROM live GROUP BY 1, 2
), placed AS MATERIALIZED (
  -- One that was given away counts by what came of it, and is paid once.
  SELECT order_id, count(*) FILTER (WHERE status NOT IN ('VOID', 'TRANSFERRED')) AS places,
         sum(amount::BIGINT) FILTER (WHERE from_number IS NULL) AS amount,
         sum(fee::BIGINT) FILTER (WHERE from_number IS NULL) AS fee,
         sum(discount::BIGINT) FILTER (WHERE from_number IS NULL) AS discount,
         min(event_id::TEXT) AS event, max(event_id::TEXT) AS other_event,
         array_agg(DISTINCT status::TEXT) AS statuses,
         coalesce(array_agg(number ORDER BY number) FILTER (WHERE status = 'VOID'), '{}') AS voided
  FROM tickets GROUP BY 1
), paid AS MATERIALIZED (
  SELECT order_id, sum(captured - refunded) AS net FROM sandbox_intents GROUP BY 1
), charged AS MATERIALIZED (
  SELECT order_id, array_agg(status::TEXT) AS statuses FROM charges GROUP BY 1
), returned AS MATERIALIZED (
  SELECT order_id, attempt, count(*) FILTER (WHERE status = 'SUCCEEDED') AS many,
         coalesce(sum(amount) FILTER (WHERE status = 'SUCCEEDED'), 0) AS back,
         -- Less what banks undid: that money is with the vendor again.
         coalesce(sum(amount) FILTER (WHERE status = 'SUCCEEDED' AND undone_at IS NULL), 0) AS gone,
         coalesce(sum(amount) FILTER (WHERE status = 'PENDING'), 0) AS waiting
  FROM refunds GROUP BY 1, 2
)
"""

RULES: Final = {
    "the stock row says what its tickets say": """
      SELECT format('section %s: held %s sold %s, tickets %s and %s', s.section_id, s.held, s.sold,
                    coalesce(c.held, 0), coalesce(c.sold, 0))
      FROM stock s LEFT JOIN counted c USING (event_id, section_id)
      WHERE (s.held, s.sold) <> (coalesce(c.held, 0), coalesce(c.sold, 0))""",
    "every live ticket has a stock row": """
      SELECT format('section %s has tickets and no stock', c.section_id)
      FROM counted c LEFT JOIN stock s USING (event_id, section_id) WHERE s.id IS NULL""",
    "nothing is above its capacity": """
      SELECT format('section %s: %s + %s + %s of %s', section_id, held, sold, blocked, capacity)
      FROM stock WHERE held + sold + blocked > capacity OR seats NOT IN (0, capacity)""",
    "as many bits are set as places are taken": """
      SELECT format('section %s: %s taken, %s sold, %s blocked bits', section_id,
                    bit_count(taken_seats), bit_count(sold_seats), bit_count(blocked_seats))
      FROM stock WHERE seats > 0 AND (bit_count(taken_seats), bit_count(sold_seats),
        bit_count(blocked_seats)) <> (held + sold, sold::BIGINT, blocked::BIGINT)""",
    "each bit says what the seat's ticket says": """
      SELECT format('section %s seat %s: taken %s, sold %s, blocked %s', s.section_id, bit,
                    get_bit(s.taken_seats, bit), get_bit(s.sold_seats, bit),
                    get_bit(s.blocked_seats, bit))
      FROM stock s LEFT JOIN counted c USING (event_id, section_id)
      CROSS JOIN generate_series(0, s.seats - 1) bit
      WHERE s.seats > 0 AND (
        (get_bit(s.taken_seats, bit) = 1) <> coalesce(bit = ANY (c.taken), FALSE)
        OR (get_bit(s.sold_seats, bit) = 1) <> coalesce(bit = ANY (c.sold_seats), FALSE)
        OR get_bit(s.taken_seats, bit) + get_bit(s.blocked_seats, bit) > 1)""",
    "no seat is sold twice": """
      SELECT format('section %s seat %s has %s tickets', section_id, seat_index, count(*))
      FROM live WHERE seat_index IS NOT NULL
      GROUP BY event_id, section_id, seat_index HAVING count(*) > 1""",
    "an order has its tickets, in the state it has, and they add up to it": """
      SELECT format('order %s is %s over %s + %s - %s, its tickets are %s over %s + %s - %s', o.id,
                    o.status, o.subtotal, o.fees, o.discount, p.statuses, p.amount, p.fee,
                    p.discount)
      FROM orders o LEFT JOIN placed p ON p.order_id = o.id
      WHERE p.order_id IS NULL OR p.event <> o.event_id::TEXT OR p.event <> p.other_event
        OR (p.amount, p.fee, p.discount) <> (o.subtotal, o.fees, o.discount)
        OR NOT p.statuses <@ CASE o.status WHEN 'PENDING' THEN ARRAY['RESERVED']
             WHEN 'CONFIRMED' THEN ARRAY['VALID', 'CHECKED_IN', 'TRANSFERRED']
             WHEN 'PARTIALLY_REFUNDED' THEN ARRAY['VALID', 'CHECKED_IN', 'TRANSFERRED', 'VOID']
             -- Money alone leaves the tickets as they are.
             WHEN 'REFUNDED' THEN ARRAY['VALID', 'CHECKED_IN', 'TRANSFERRED', 'VOID']
             WHEN 'CANCELLED' THEN ARRAY['VOID', 'TRANSFERRED'] ELSE ARRAY['VOID'] END""",
    "every ticket and every charge has an order": """
      SELECT format('order %s has tickets, and is not there', order_id) FROM placed
      WHERE order_id NOT IN (SELECT id FROM orders)
      UNION ALL SELECT format('order %s has charges, and is not there', order_id) FROM charged
      WHERE order_id NOT IN (SELECT id FROM orders)""",
    "an order is there once": """
      SELECT format('key %s of %s has %s orders', idempotency_key, user_id, count(*)) FROM orders
      WHERE idempotency_key IS NOT NULL GROUP BY idempotency_key, user_id HAVING count(*) > 1""",
    "the money taken is the money owed": """
      SELECT format('order %s over %s is %s and %s; taken: %s; back: %s, waiting: %s', o.id,
                    o.total, o.status, o.payment_status, coalesce(p.net, 0), r.back, r.waiting)
      -- What one charge paid for: an order, or all of a season ticket.
      FROM (
        SELECT coalesce(s.season_id, o.id) AS id, sum(o.total) AS total, min(o.status) AS status,
            min(o.payment_status) AS payment_status
        FROM orders o LEFT JOIN season_orders s ON s.order_id = o.id GROUP BY 1) o
      LEFT JOIN paid p ON p.order_id = o.id LEFT JOIN charged c ON c.order_id = o.id
      LEFT JOIN (
        SELECT coalesce(s.season_id, r.order_id) AS order_id, sum(r.gone) AS back,
            sum(r.waiting) AS waiting
        FROM returned r LEFT JOIN season_orders s ON s.order_id = r.order_id
        GROUP BY 1) r ON r.order_id = o.id
      WHERE NOT CASE
        -- A refund that waits may have been made already, and its answer not read yet.
        WHEN 'SUCCEEDED' = ANY (c.statuses) THEN p.net BETWEEN
          o.total - coalesce(r.back + r.waiting, 0) AND o.total - coalesce(r.back, 0)
        -- Sold, and the capture is on its way or its answer not read yet.
        WHEN o.status = 'CONFIRMED' AND 'CAPTURING' = ANY (c.statuses)
          THEN coalesce(p.net, 0) IN (0, o.total)
        ELSE coalesce(p.net, 0) = 0 END""",
    "an order is refunded as far as its refunds say, and never beyond what was taken": """
      SELECT format('order %s is %s and %s; %s refunds gave %s of %s, %s wait; covered: %s', o.id,
                    o.status, o.payment_status, coalesce(r.many, 0), r.back, ch.amount, r.waiting,
                    ch.refunded)
      FROM orders o JOIN charges ch ON ch.order_id = o.id
      LEFT JOIN returned r ON r.order_id = ch.order_id AND r.attempt = ch.attempt
      WHERE ch.status IN ('CAPTURING', 'SUCCEEDED') AND (
        -- What a bank sent back may be given once more, and the order stays what it was.
        ch.refunded <> coalesce(r.gone + r.waiting, 0)
        OR NOT CASE o.status WHEN 'CONFIRMED' THEN coalesce(r.many, 0) = 0
             WHEN 'REFUNDED' THEN r.back >= ch.amount
             WHEN 'PARTIALLY_REFUNDED' THEN r.many > 0 AND r.gone < ch.amount ELSE FALSE END
        OR o.payment_status::TEXT <> CASE WHEN o.status = 'REFUNDED' THEN 'REFUNDED'
             -- A season ticket's is of its first order, and shuts all of them.
             WHEN EXISTS (SELECT 1 FROM disputes d LEFT JOIN season_orders s ON s.order_id = o.id
                 WHERE d.order_id = coalesce(s.season_id, o.id) AND d.status <> 'WON')
               THEN 'DISPUTED'
             ELSE 'SUCCEEDED' END)""",
    "the tickets that are void are those whose refunds succeeded": """
      SELECT format('order %s: void are %s, refunded are %s', o.id, p.voided, x.numbers)
      FROM orders o JOIN placed p ON p.order_id = o.id LEFT JOIN (
        SELECT t.order_id, array_agg(t.number ORDER BY t.number) AS numbers
        FROM refund_tickets t JOIN refunds r ON r.id = t.refund_id
        WHERE r.status = 'SUCCEEDED' GROUP BY 1) x ON x.order_id = o.id
      WHERE o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED')
        AND p.voided <> coalesce(x.numbers, '{}')
      UNION ALL SELECT format('refund %s is of tickets %s and has %s', r.id, r.numbers, t.numbers)
      FROM refunds r LEFT JOIN (
        SELECT refund_id, array_agg(number ORDER BY number) AS numbers
        FROM refund_tickets GROUP BY 1) t ON t.refund_id = r.id
      WHERE coalesce(t.numbers, '{}') <> CASE r.status WHEN 'FAILED' THEN '{}'
        ELSE array(SELECT n FROM unnest(r.numbers) n ORDER BY n) END""",
    "who paid has tickets, and who has tickets by card pays": """
      SELECT format('order %s is %s and %s, its charges %s', o.id, o.status, o.payment_status,
                    c.statuses)
      FROM orders o LEFT JOIN charged c ON c.order_id = o.id
      WHERE (o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED')
             AND o.payment_status NOT IN ('NOT_REQUIRED', 'PENDING'))
        <> coalesce(c.statuses && ARRAY['CAPTURING', 'SUCCEEDED', 'OWED'], FALSE)""",
    "every posting of the ledger adds up to zero": """
      SELECT format('posting %s of order %s: %s', posting_id, order_id, sum(amount))
      FROM ledger_entries GROUP BY posting_id, order_id HAVING sum(amount) <> 0""",
    "the ledger has the money that charges took and refunds gave": """
      SELECT format('order %s: the ledger says %s, charges and refunds %s', x.id, l.kept, x.kept)
      FROM (
        SELECT c.order_id AS id, sum(CASE WHEN c.status = 'SUCCEEDED' THEN c.amount ELSE 0 END
            - coalesce(r.gone, 0)) AS kept
        FROM charges c LEFT JOIN returned r ON r.order_id = c.order_id AND r.attempt = c.attempt
        GROUP BY 1) x
      LEFT JOIN (
        SELECT order_id, sum(amount) AS kept FROM ledger_entries
        WHERE account IN ('processor', 'bank')
          AND kind IN ('sale', 'invoice_paid', 'refund', 'refund_undone')
        GROUP BY 1) l ON l.order_id = x.id
      WHERE coalesce(l.kept, 0) <> x.kept""",
    "the ledger has a sale for what was sold at once, while it stands": """
      SELECT format('order %s of %s by %s is %s: ledger %s', o.id, o.total, o.payment_method,
                    o.status, l.earned)
      FROM orders o LEFT JOIN (
        SELECT order_id, -sum(amount) AS earned FROM ledger_entries
        WHERE account IN ('sales', 'fees', 'tax') AND kind IN ('sale', 'sale_cancelled')
        GROUP BY 1) l ON l.order_id = o.id
      WHERE o.payment_method IN ('box_office', 'invoice') AND coalesce(l.earned, 0)
        <> CASE o.status WHEN 'CANCELLED' THEN 0 ELSE o.total END""",
    "an event's figures are its tickets' and its ledger's, to the cent and the place": """
      SELECT format('event %s: figures %s, tables %s', e.id, f, x)
      FROM events e CROSS JOIN LATERAL event_sales(e.id) f CROSS JOIN LATERAL (
        SELECT
          (SELECT count(*) FROM tickets t WHERE t.event_id = e.id
             AND t.status IN ('VALID', 'CHECKED_IN')) AS sold,
          (SELECT count(*) FROM tickets t WHERE t.event_id = e.id
             AND t.status = 'CHECKED_IN') AS checked_in,
          (SELECT coalesce(sum(s.revenue), 0) FROM section_sales(e.id) s) AS by_section,
          (SELECT coalesce(sum(c.revenue), 0) FROM event_channels(e.id) c) AS by_channel,
          (SELECT coalesce(sum(p.amount + p.fees - p.discount), 0)
             FROM price_sales(e.id) p) AS by_price,
          -- What the ledger says was sold, and what is paid but not captured yet.
          (SELECT coalesce(-sum(l.amount), 0) FROM ledger_entries l
             WHERE l.event_id = e.id AND l.kind = 'sale' AND l.account IN ('sales', 'fees', 'tax'))
            + (SELECT coalesce(sum(o.total), 0) FROM orders o
                 WHERE o.event_id = e.id AND EXISTS (SELECT 1 FROM charges c
                   WHERE c.order_id = o.id AND c.status = 'CAPTURING')) AS by_ledger,
          (SELECT coalesce(-sum(l.amount), 0) FROM ledger_entries l
             JOIN orders o ON o.id = l.order_id
             WHERE o.event_id = e.id AND l.account IN ('processor', 'bank')
               AND l.kind IN ('refund', 'refund_undone')) AS refunded) x
      WHERE (f.sold, f.checked_in, f.gross, f.gross, f.gross, f.gross, f.refunded)
        IS DISTINCT FROM (x.sold, x.checked_in, x.by_section, x.by_channel, x.by_price, x.by_ledger,
          x.refunded)""",
    "the orders of a season ticket stand and fall as one until they are paid": """
      SELECT format('season %s: %s', s.season_id, array_agg(DISTINCT o.status))
      FROM season_orders s JOIN orders o ON o.id = s.order_id GROUP BY s.season_id
      HAVING count(DISTINCT o.status) > 1 AND bool_or(o.status IN ('PENDING', 'EXPIRED'))
      UNION ALL SELECT format('charge of %s is %s, its carrier %s', c.order_id, c.status, p.status)
      FROM charges c LEFT JOIN charges p ON p.order_id = c.carrier_id AND p.attempt = c.attempt
      WHERE c.carrier_id IS NOT NULL AND c.status IS DISTINCT FROM p.status""",
    "no money comes from nowhere": """
      SELECT format('intents of order %s, which is not there', order_id) FROM paid
      WHERE order_id NOT IN (SELECT id FROM orders)""",
    "a person's counter says how many places they have": """
      SELECT format('person %s: counter %s, places %s', coalesce(c.person_id, x.user_id),
                    c.places, x.places)
      FROM (SELECT p.* FROM person_places p JOIN events e ON e.id = p.event_id
            WHERE e.max_per_person IS NOT NULL) c
      FULL JOIN (
        SELECT o.event_id, o.user_id, sum(p.places) AS places
        FROM orders o JOIN placed p ON p.order_id = o.id JOIN events e ON e.id = o.event_id
        WHERE o.status NOT IN ('EXPIRED', 'CANCELLED', 'FAILED') AND e.max_per_person IS NOT NULL
          AND o.payment_method NOT IN ('box_office', 'invoice')
        GROUP BY 1, 2) x ON x.event_id = c.event_id AND x.user_id = c.person_id
      WHERE coalesce(c.places, 0) <> coalesce(x.places, 0)""",
    "a promo code was used as often as its orders say": """
      SELECT format('code %s: %s uses, %s orders', c.code, c.uses, coalesce(x.uses, 0))
      FROM promo_codes c LEFT JOIN (
        SELECT promo_id, count(*) AS uses FROM orders
        WHERE status NOT IN ('EXPIRED', 'CANCELLED', 'FAILED') GROUP BY 1) x ON x.promo_id = c.id
      WHERE c.uses <> coalesce(x.uses, 0) OR c.uses > c.max_uses""",
    "a person used a promo code as often as their orders say": """
      SELECT format('code %s, person %s: %s uses, %s orders', c.code, p.person_id, p.uses,
                    coalesce(x.uses, 0))
      FROM promo_people p JOIN promo_codes c ON c.id = p.promo_id LEFT JOIN (
        SELECT promo_id, user_id, count(*) AS uses FROM orders
        WHERE status NOT IN ('EXPIRED', 'CANCELLED', 'FAILED') GROUP BY 1, 2
      ) x ON x.promo_id = p.promo_id AND x.user_id = p.person_id
      WHERE p.uses <> coalesce(x.uses, 0) OR p.uses > c.max_per_person""",
    "an event is SOLD_OUT when every place is sold or blocked, and only then": """
      SELECT format('event %s is %s; all sold: %s', e.id, e.status,
                    bool_and(s.sold + s.blocked = s.capacity))
      FROM events e JOIN stock s ON s.event_id = e.id WHERE e.status IN ('ON_SALE', 'SOLD_OUT')
      GROUP BY e.id
      HAVING (e.status = 'SOLD_OUT') <> bool_and(s.sold + s.blocked = s.capacity)""",
}

_CHECK: Final = _LIVE + " UNION ALL ".join(
    f"(SELECT '{name.replace(chr(39), chr(39) * 2)}' AS rule, found.* FROM ({sql}) found(what))"
    for name, sql in RULES.items()
)


async def faults(db: asyncpg.Connection) -> list[str]:
    """Every rule that is broken, with what breaks it; empty where the books are in order."""
    async with db.transaction():
        # An event's figures are shown to who may see them: the house itself.
        await db.execute("SELECT set_config('arenapulse.actor', 'service', TRUE)")
        rows = await db.fetch(_CHECK + " LIMIT 20")
    return [f"{row['rule']}: {row['what']}" for row in rows]
