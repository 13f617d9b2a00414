-- Spreads each order's discount over the tickets its code is for, in proportion to their amounts, by
-- largest remainder: the shares sum to the discount, ties go to the earlier ticket. As core/money.spread.
-- Materialized: a nested loop alone would count all shares anew for each ticket.
CREATE OR REPLACE FUNCTION spread_discounts(p_orders UUID[]) RETURNS VOID
LANGUAGE sql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET jit = off AS $$
  WITH eligible AS (
    SELECT t.order_id, t.number, o.discount::NUMERIC * t.amount AS share,
           -- NUMERIC throughout: the product of two sums of money is more than a BIGINT holds.
           sum(t.amount::BIGINT) OVER (PARTITION BY t.order_id) AS whole, o.discount
    FROM orders o
    -- LEFT, so that no plan begins with all codes.
    LEFT JOIN promo_codes c ON c.id = o.promo_id
    JOIN tickets t ON t.order_id = o.id AND t.order_id = ANY (p_orders)
      AND (c.section_ids IS NULL OR t.section_id = ANY (c.section_ids))
    WHERE o.id = ANY (p_orders) AND o.promo_id IS NOT NULL
  ), ranked AS MATERIALIZED (
    SELECT order_id, number, div(share, whole) AS floor_share,
           row_number() OVER (PARTITION BY order_id ORDER BY share % whole DESC, number) AS place,
           discount - sum(div(share, whole)) OVER (PARTITION BY order_id) AS rest
    FROM eligible WHERE whole > 0
  )
  UPDATE tickets t
  SET discount = r.floor_share + CASE WHEN r.place <= r.rest THEN 1 ELSE 0 END
  FROM ranked r WHERE t.order_id = ANY (p_orders) AND t.order_id = r.order_id AND t.number = r.number;
$$;
