-- The charge of an order whose invoice was paid, found at the bank by its reference.
CREATE OR REPLACE FUNCTION paid_by_hand(
  p_order UUID, p_organization UUID, p_reference TEXT, p_now TIMESTAMPTZ
) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO charges (order_id, attempt, organization_id, amount, currency, token, status,
      reference, created_at, updated_at)
    SELECT o.id, 1, p_organization, o.total, o.currency, 'invoice', 'SUCCEEDED', p_reference,
        p_now, p_now
      FROM orders o WHERE o.id = p_order
$$;

-- An order by invoice that waits for its money has it now.
CREATE OR REPLACE FUNCTION mark_invoice_paid(
  p_order UUID, OUT id UUID, OUT event_id UUID, OUT user_id UUID, OUT expires_at TIMESTAMPTZ
) RETURNS SETOF RECORD LANGUAGE sql AS $$
  UPDATE orders o SET payment_status = 'SUCCEEDED'
    WHERE o.id = p_order AND o.payment_method = 'invoice' AND o.status = 'CONFIRMED'
      AND o.payment_status = 'PENDING'
    RETURNING o.id, o.event_id, o.user_id, o.expires_at
$$;

-- The payments of orders move, and the orders stay: to RETRYING, to DISPUTED and back from it.
CREATE OR REPLACE FUNCTION mark_payments(
  p_orders UUID[], p_to TEXT, OUT id UUID, OUT event_id UUID, OUT user_id UUID,
  OUT expires_at TIMESTAMPTZ
) RETURNS SETOF RECORD LANGUAGE sql AS $$
  UPDATE orders o SET payment_status = p_to::payment_status
    WHERE o.id = ANY (p_orders) AND may_move(o.payment_status, p_to::payment_status)
      AND CASE p_to WHEN 'RETRYING' THEN o.status = 'PENDING'
        WHEN 'SUCCEEDED' THEN o.payment_status = 'DISPUTED'
        ELSE o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED') END
    RETURNING o.id, o.event_id, o.user_id, o.expires_at
$$;

-- Charges whose card was declined in a way that may pass: each falls due again at its time, without
-- the intent that failed, if its order is held until then.
CREATE OR REPLACE FUNCTION ask_charges_again(
  p_orders UUID[], p_attempts SMALLINT[], p_at TIMESTAMPTZ[],
  OUT order_id UUID, OUT attempt SMALLINT
) RETURNS SETOF RECORD LANGUAGE sql AS $$
  UPDATE charges c SET due_at = x.at, intent_id = NULL, retries = c.retries + 1, tries = 0
    FROM unnest(p_orders, p_attempts, p_at) x(order_id, attempt, at)
    JOIN orders o ON o.id = x.order_id
    WHERE c.order_id = x.order_id AND c.attempt = x.attempt AND c.status = 'PROCESSING'
      AND o.status = 'PENDING' AND o.expires_at > x.at
    RETURNING c.order_id, c.attempt
$$;
