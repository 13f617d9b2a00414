-- Invoices, credit notes, and corrections of credit notes whose money came back. Each is written once, for
-- the cause that it names, and its sheet says all that stands on it, so that it never says anything else.

-- What an invoice of an order says, as all of it is now.
CREATE OR REPLACE FUNCTION paper_sheet(p_order UUID) RETURNS JSONB
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
      'seller', g.name,
      'buyer', CASE WHEN u.erased_at IS NULL THEN u.full_name || ', ' || u.email END,
      'language', lower(left(u.preferences->>'locale', 2)),
      'event', e.name, 'startsAt', e.start_time, 'timezone', v.location->>'timezone',
      'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('level', x.price_level, 'many', x.many,
            'each', x.each) ORDER BY x.first), '[]')
          FROM (SELECT t.price_level, t.amount + t.fee AS each, count(*) AS many, min(t.number) AS first
                FROM tickets t WHERE t.order_id = o.id AND t.from_number IS NULL
                GROUP BY t.price_level, t.amount, t.fee) x),
      'discount', o.discount, 'taxRate', o.tax_rate,
      'payment', CASE WHEN o.payment_status = 'PENDING' THEN 'open' ELSE o.payment_method::TEXT END)
    FROM orders o JOIN events e ON e.id = o.event_id JOIN organizations g ON g.id = e.organization_id
    JOIN venues v ON v.id = e.venue_id LEFT JOIN users u ON u.id = o.user_id
    WHERE o.id = p_order
$$;

-- One paper, for its cause once. Numbers without gaps: an organization's next of a year, taken under the
-- counter's lock and given back by a rollback.
CREATE OR REPLACE FUNCTION write_paper(
  p_order UUID, p_kind TEXT, p_cause TEXT, p_amount BIGINT, p_tax BIGINT, p_now TIMESTAMPTZ
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
  SELECT i.id INTO made FROM invoices i WHERE i.cause = p_cause;
  IF made IS NOT NULL THEN RETURN made; END IF;
  UPDATE invoice_counters SET last = last + 1 WHERE organization_id = owner AND year = in_year
    RETURNING last INTO counted;
  INSERT INTO invoices (id, organization_id, year, number, kind, order_id, cause, amount, tax,
      currency, issued_at, sheet)
    SELECT gen_random_uuid(), owner, in_year, counted, p_kind, o.id, p_cause, p_amount, p_tax,
        o.currency, p_now,
        -- What belongs to an invoice speaks of the same people.
        coalesce((SELECT i.sheet || jsonb_build_object('of', i.year || '-' || lpad(i.number::TEXT, 6, '0'))
          FROM invoices i WHERE i.cause = 'order:' || p_order), paper_sheet(p_order))
      FROM orders o WHERE o.id = p_order
    RETURNING id INTO made;
  RETURN made;
END $$;

-- What is not credited yet of an order with an invoice.
CREATE OR REPLACE FUNCTION credit_rest(p_order UUID, p_cause TEXT, p_now TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT write_paper(p_order, 'CREDIT_NOTE', p_cause, x.amount, x.tax, p_now)
    FROM (SELECT sum(CASE kind WHEN 'CREDIT_NOTE' THEN -amount ELSE amount END)::BIGINT AS amount,
              sum(CASE kind WHEN 'CREDIT_NOTE' THEN -tax ELSE tax END)::BIGINT AS tax
            FROM invoices WHERE order_id = p_order) x
    WHERE x.amount > 0
$$;

-- Money that went back of an order with an invoice; of what nobody paid, all that was owed.
CREATE OR REPLACE FUNCTION credit_refund(r refunds, p_now TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM invoices i WHERE i.cause = 'order:' || r.order_id) THEN RETURN; END IF;
  IF EXISTS (SELECT 1 FROM charges c WHERE c.order_id = r.order_id AND c.attempt = r.attempt
             AND c.status = 'OWED') THEN
    PERFORM credit_rest(r.order_id, 'refund:' || r.id, p_now);
  ELSIF r.amount > 0 THEN
    PERFORM write_paper(o.id, 'CREDIT_NOTE', 'refund:' || r.id, r.amount,
        tax_inside(r.amount, o.tax_rate), p_now)
      FROM orders o WHERE o.id = r.order_id;
  END IF;
END $$;

-- The invoice of an order that is sold, and the notes of what went back before there was one. Locked as who
-- settles a refund does, so that none is settled beside it unseen.
CREATE OR REPLACE FUNCTION issue_papers(p_order UUID, p_now TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  sold RECORD;
BEGIN
  PERFORM 1 FROM charges c WHERE c.order_id = p_order ORDER BY c.attempt FOR NO KEY UPDATE;
  SELECT o.* INTO sold FROM orders o WHERE o.id = p_order FOR NO KEY UPDATE;
  IF sold.total = 0 OR sold.status NOT IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED') THEN
    RETURN;
  END IF;
  PERFORM write_paper(p_order, 'INVOICE', 'order:' || p_order, sold.total, sold.tax, p_now);
  PERFORM credit_refund(r, p_now) FROM (
    SELECT * FROM refunds WHERE order_id = p_order AND status = 'SUCCEEDED' AND undone_at IS NULL
      ORDER BY updated_at, id) r;
END $$;

-- As servers of the version before ask for it.
CREATE OR REPLACE FUNCTION issue_invoice(
  p_order UUID, p_refund UUID, p_kind TEXT, p_amount BIGINT, p_tax BIGINT, p_now TIMESTAMPTZ
) RETURNS UUID LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT issue_papers(p_order, p_now);
  SELECT i.id FROM invoices i WHERE i.cause = 'order:' || p_order
$$;

-- Money that goes back of an order with an invoice has its credit note at once, and one that a bank undid
-- is no credit any more.
CREATE OR REPLACE FUNCTION on_invoiced_refund() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.undone_at IS NULL THEN
    PERFORM credit_refund(NEW, NEW.updated_at);
  ELSE
    PERFORM write_paper(i.order_id, 'CORRECTION', 'undone:' || NEW.id, i.amount, i.tax, NEW.updated_at)
      FROM invoices i WHERE i.cause = 'refund:' || NEW.id;
  END IF;
  RETURN NULL;
END $$;

-- Who an organization is, on its paper.
CREATE OR REPLACE FUNCTION organization_name(p_organization UUID) RETURNS TEXT
LANGUAGE sql STABLE AS $$
  SELECT name FROM organizations WHERE id = p_organization
$$;
