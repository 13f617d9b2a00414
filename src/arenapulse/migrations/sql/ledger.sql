-- The ledger: every movement of money as lines that add up to zero, written by the tables that say
-- that it moved, in their transaction. Debits are positive. A posting has the name of its cause, so
-- that it is written once, however often something looks again.
--
-- Accounts: processor (money at the payment vendor), bank (money that came in by hand), till (money
-- that the box office took), receivable (money that others owe), sales, fees and tax (what was
-- earned, net of tax, and the tax inside it), refunds, disputes.
CREATE OR REPLACE FUNCTION post_ledger(
  p_kind TEXT, p_cause TEXT, p_order UUID, p_at TIMESTAMPTZ, p_accounts TEXT[], p_amounts BIGINT[]
) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO ledger_entries (posting_id, line, kind, order_id, event_id, organization_id, account,
      amount, currency, at)
    SELECT md5(p_kind || ':' || p_cause)::UUID, x.i, p_kind, o.id, o.event_id, e.organization_id,
        x.account, x.amount, o.currency, p_at
      FROM unnest(p_accounts, p_amounts) WITH ORDINALITY x(account, amount, i)
      CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = p_order LIMIT 1) o
      CROSS JOIN LATERAL (SELECT * FROM events WHERE id = o.event_id LIMIT 1) e
      WHERE x.amount <> 0
  ON CONFLICT DO NOTHING
$$;

-- A sale, paid into `p_account`: what it earned, apart from the tax inside it. `p_sign` -1 takes it back.
CREATE OR REPLACE FUNCTION post_sale(
  p_kind TEXT, p_cause TEXT, p_order UUID, p_at TIMESTAMPTZ, p_account TEXT, p_sign INTEGER
) RETURNS VOID LANGUAGE sql AS $$
  SELECT post_ledger(p_kind, p_cause, o.id, p_at,
      ARRAY[p_account, 'sales', 'fees', 'tax'],
      ARRAY[
        p_sign * o.total,
        -p_sign * (o.total - o.fees - (o.tax - tax_inside(o.fees, o.tax_rate))),
        -p_sign * (o.fees - tax_inside(o.fees, o.tax_rate)),
        -p_sign * o.tax])
    FROM orders o WHERE o.id = p_order AND o.total > 0
$$;

CREATE OR REPLACE FUNCTION post_charge(c charges) RETURNS VOID LANGUAGE sql AS $$
  -- An invoice that is paid was a sale when it was written.
  SELECT CASE WHEN c.token = 'invoice' THEN
      post_ledger('invoice_paid', c.order_id::TEXT, c.order_id, c.updated_at,
        ARRAY['bank', 'receivable'], ARRAY[c.amount, -c.amount])
    ELSE post_sale('sale', c.order_id || ':' || c.attempt, c.order_id, c.updated_at,
        CASE c.status WHEN 'OWED' THEN 'receivable' ELSE 'processor' END, 1) END
  WHERE c.status IN ('SUCCEEDED', 'OWED')
$$;

-- Money back, with the tax that was inside it; an undone refund is the same the other way round.
CREATE OR REPLACE FUNCTION post_refund(r refunds, p_kind TEXT, p_sign INTEGER) RETURNS VOID
LANGUAGE sql AS $$
  SELECT post_ledger(p_kind, r.id::TEXT, r.order_id, r.updated_at,
      ARRAY['refunds', 'tax', CASE c.token WHEN 'invoice' THEN 'bank' ELSE 'processor' END],
      ARRAY[p_sign * (r.amount - tax_inside(r.amount, o.tax_rate)),
            p_sign * tax_inside(r.amount, o.tax_rate), -p_sign * r.amount])
    FROM orders o JOIN charges c ON c.order_id = r.order_id AND c.attempt = r.attempt
    WHERE o.id = r.order_id AND r.amount > 0
$$;

CREATE OR REPLACE FUNCTION on_charge_moved() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM post_charge(NEW);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION on_refund_moved() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.undone_at IS NOT NULL THEN PERFORM post_refund(NEW, 'refund_undone', -1);
  ELSIF EXISTS (SELECT 1 FROM charges c WHERE c.order_id = NEW.order_id
                AND c.attempt = NEW.attempt AND c.status = 'OWED') THEN
    -- Nobody paid: what was owed is no more.
    PERFORM post_sale('sale_cancelled', NEW.order_id::TEXT, NEW.order_id, NEW.updated_at,
      'receivable', -1);
  ELSE PERFORM post_refund(NEW, 'refund', 1);
  END IF;
  RETURN NULL;
END $$;

-- A dispute as the vendor tells it: the order it is about where something is new. One that is closed
-- stays so, whatever comes late.
CREATE OR REPLACE FUNCTION note_dispute(
  p_id TEXT, p_intent TEXT, p_amount BIGINT, p_reason TEXT, p_status TEXT, p_due TIMESTAMPTZ,
  p_now TIMESTAMPTZ
) RETURNS UUID LANGUAGE sql AS $$
  INSERT INTO disputes AS d (id, order_id, attempt, organization_id, event_id, amount, currency,
      reason, status, due_by, opened_at, updated_at)
    SELECT p_id, c.order_id, c.attempt, e.organization_id, e.id, p_amount, c.currency, p_reason,
        p_status::dispute_status, p_due, p_now, p_now
      FROM charges c JOIN orders o ON o.id = c.order_id JOIN events e ON e.id = o.event_id
      WHERE c.intent_id = p_intent
  ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, updated_at = p_now
    WHERE d.status = 'OPEN' AND EXCLUDED.status <> 'OPEN'
  RETURNING order_id
$$;

-- A bank takes the money at once when a dispute is opened, and brings it back when it is won.
CREATE OR REPLACE FUNCTION on_dispute_moved() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM post_ledger('dispute', NEW.id, NEW.order_id, NEW.opened_at,
      ARRAY['disputes', 'processor'], ARRAY[NEW.amount, -NEW.amount]);
  END IF;
  IF NEW.status = 'WON' THEN
    PERFORM post_ledger('dispute_won', NEW.id, NEW.order_id, NEW.updated_at,
      ARRAY['processor', 'disputes'], ARRAY[NEW.amount, -NEW.amount]);
  END IF;
  RETURN NULL;
END $$;

-- What is sold at once: by the box office into its till, by invoice for money to come.
CREATE OR REPLACE FUNCTION on_order_sold() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM post_sale('sale', NEW.id::TEXT, NEW.id, NEW.created_at,
      CASE NEW.payment_method WHEN 'invoice' THEN 'receivable' ELSE 'till' END, 1);
  ELSE
    PERFORM post_sale('sale_cancelled', NEW.id::TEXT, NEW.id, now(),
      CASE NEW.payment_method WHEN 'invoice' THEN 'receivable' ELSE 'till' END, -1);
    PERFORM credit_rest(NEW.id, 'cancelled:' || NEW.id, now());
  END IF;
  RETURN NULL;
END $$;

-- A posting is written whole, and adds up.
CREATE OR REPLACE FUNCTION ledger_adds_up() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM written GROUP BY posting_id HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'a posting of the ledger does not add up to zero';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_is_for_ever() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is not changed: post the contrary';
END $$;
