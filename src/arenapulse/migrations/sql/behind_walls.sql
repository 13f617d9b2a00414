-- What may be known of rows behind the wall: a number, and an envelope that opens nowhere but here.

-- How many wait before a place in line, whoever they are.
CREATE OR REPLACE FUNCTION waiters_ahead(p_event UUID, p_joined_at TIMESTAMPTZ, p_id UUID)
RETURNS INTEGER
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*)::INTEGER FROM wait_list
    WHERE event_id = p_event AND status = 'WAITING' AND (joined_at, id) < (p_joined_at, p_id)
$$;

-- Its passes are made for whoever holds a ticket.
CREATE OR REPLACE FUNCTION pass_seal(p_organization UUID) RETURNS BYTEA
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT sealed FROM pass_certificates WHERE organization_id = p_organization
$$;

-- Whether a refund waits for a ticket or has voided it, for who is to have the ticket and sees nobody's
-- charge. It is locked: nobody asks for a refund before the transaction ends.
CREATE OR REPLACE FUNCTION is_refunded(p_order UUID, p_number SMALLINT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM charges
    WHERE order_id = p_order AND status IN ('CAPTURING', 'SUCCEEDED', 'OWED') FOR NO KEY UPDATE;
  RETURN EXISTS (SELECT 1 FROM refund_tickets WHERE order_id = p_order AND number = p_number);
END $$;
