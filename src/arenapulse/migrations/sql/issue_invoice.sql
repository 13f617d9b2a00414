-- Numbers without gaps: an organization's next of a year, taken under the counter's lock and given
-- back by a rollback. An order has one invoice, a refund one credit note.
CREATE OR REPLACE FUNCTION issue_invoice(
  p_order UUID, p_refund UUID, p_kind TEXT, p_amount BIGINT, p_tax BIGINT, p_now TIMESTAMPTZ
) RETURNS UUID LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  made UUID;
  owner UUID;
  counted INTEGER;
  in_year INTEGER := extract(YEAR FROM p_now AT TIME ZONE 'UTC');
BEGIN
  SELECT e.organization_id INTO owner
    FROM orders o JOIN events e ON e.id = o.event_id WHERE o.id = p_order;
  INSERT INTO invoice_counters AS c (organization_id, year, last) VALUES (owner, in_year, 0)
    ON CONFLICT DO NOTHING;
  -- Whoever waits here finds what was issued meanwhile.
  PERFORM 1 FROM invoice_counters WHERE organization_id = owner AND year = in_year FOR UPDATE;
  SELECT i.id INTO made FROM invoices i
    WHERE i.order_id = p_order AND i.refund_id IS NOT DISTINCT FROM p_refund;
  IF made IS NOT NULL THEN RETURN made; END IF;
  UPDATE invoice_counters SET last = last + 1 WHERE organization_id = owner AND year = in_year
    RETURNING last INTO counted;
  INSERT INTO invoices (id, organization_id, year, number, kind, order_id, refund_id, amount, tax,
      currency, issued_at)
    SELECT gen_random_uuid(), owner, in_year, counted, p_kind, o.id, p_refund, p_amount, p_tax,
        o.currency, p_now
      FROM orders o WHERE o.id = p_order
    RETURNING id INTO made;
  RETURN made;
END $$;

-- Money that goes back of an order with an invoice has its credit note at once.
CREATE OR REPLACE FUNCTION on_invoiced_refund() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM issue_invoice(NEW.order_id, NEW.id, 'CREDIT_NOTE', NEW.amount,
      tax_inside(NEW.amount, o.tax_rate), NEW.updated_at)
    FROM orders o WHERE o.id = NEW.order_id
      AND EXISTS (SELECT 1 FROM invoices i WHERE i.order_id = NEW.order_id AND i.refund_id IS NULL);
  RETURN NULL;
END $$;

-- Who an organization is, on its paper.
CREATE OR REPLACE FUNCTION organization_name(p_organization UUID) RETURNS TEXT
LANGUAGE sql STABLE AS $$
  SELECT name FROM organizations WHERE id = p_organization
$$;
