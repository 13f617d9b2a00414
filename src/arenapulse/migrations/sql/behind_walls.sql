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
