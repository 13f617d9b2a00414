-- The charges of a season ticket: one for each of its orders, each of its own share. The first order's
-- carries the others: it alone falls due (they wait for a
-- time that never comes) and asks the vendor for the sum, and they move with it.

-- They fall due as due_charges makes one; says for how many orders, none where their attempts are used up.
CREATE OR REPLACE FUNCTION due_season_charges(p_orders UUID[], p_token TEXT, p_now TIMESTAMPTZ)
RETURNS INTEGER LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  lead UUID := p_orders[1];
  attempts INTEGER := (SELECT coalesce(max(c.attempt), 0) FROM charges c WHERE c.order_id = lead);
  made INTEGER := 0;
BEGIN
  IF attempts >= 5 THEN RETURN 0; END IF;
  INSERT INTO charges (order_id, attempt, organization_id, amount, currency, token, status, due_at,
      created_at, carrier_id, carried)
    SELECT o.id, attempts + 1, e.organization_id, o.total, o.currency, p_token, 'DUE',
        CASE WHEN o.id = lead THEN p_now ELSE TIMESTAMPTZ '9999-01-01' END, p_now,
        CASE WHEN o.id <> lead THEN lead END,
        CASE WHEN o.id = lead THEN sum(o.total) OVER () - o.total ELSE 0 END
      FROM orders o JOIN events e ON e.id = o.event_id
      WHERE o.id = ANY (p_orders);
  GET DIAGNOSTICS made = ROW_COUNT;
  INSERT INTO pgqueuer (priority, status, entrypoint, payload)
    VALUES (0, 'queued', 'payments.charge_due', '{}');
  RETURN made;
END $$;

-- What becomes of a charge becomes of those it carries; nobody but it makes them due.
CREATE OR REPLACE FUNCTION carry_charges() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE charges c SET status = NEW.status, error_code = NEW.error_code, updated_at = NEW.updated_at,
      due_at = CASE WHEN NEW.due_at IS NULL THEN NULL ELSE TIMESTAMPTZ '9999-01-01' END
    WHERE c.carrier_id = NEW.order_id AND c.attempt = NEW.attempt AND may_move(c.status, NEW.status);
  RETURN NULL;
END $$;
