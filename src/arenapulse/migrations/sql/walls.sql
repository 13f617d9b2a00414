-- The second wall between tenants. A transaction says who acts (`arenapulse.actor`: the id of a person
-- or of a key, or 'service' for the house itself); policies ask these functions once a statement what
-- that one sees. They look as who owns the tables, which no policy binds.
CREATE OR REPLACE FUNCTION acting_id() RETURNS UUID LANGUAGE sql STABLE AS $$
  SELECT nullif(nullif(current_setting('arenapulse.actor', TRUE), ''), 'service')::UUID
$$;

-- The house itself, and ADMIN.
CREATE OR REPLACE FUNCTION sees_all() RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT current_setting('arenapulse.actor', TRUE) = 'service' OR EXISTS (
    SELECT 1 FROM users WHERE id = acting_id() AND 'ADMIN' = ANY (roles) AND disabled_at IS NULL)
$$;

CREATE OR REPLACE FUNCTION seen_organizations() RETURNS UUID[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT ARRAY(
    SELECT organization_id FROM memberships WHERE user_id = acting_id()
    UNION ALL
    SELECT organization_id FROM api_keys WHERE id = acting_id() AND ended_at IS NULL)
$$;

CREATE OR REPLACE FUNCTION acting_email() RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT email FROM users WHERE id = acting_id()
$$;

-- The orders of which who acts holds a ticket that somebody else bought. A function, since the walls of
-- orders and tickets cannot ask one another in a circle.
CREATE OR REPLACE FUNCTION held_orders() RETURNS SETOF UUID
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 10 AS $$
  SELECT order_id FROM tickets WHERE holder_id = acting_id()
$$;

-- For functions that count an event's rows as who owns them: asked once, and not of each row.
CREATE OR REPLACE FUNCTION sees_event(p_event UUID) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT sees_all() OR EXISTS (
    SELECT 1 FROM events WHERE id = p_event AND organization_id = ANY (seen_organizations()))
$$;
