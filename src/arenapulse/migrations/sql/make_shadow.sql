-- An event's shadow: in the schema `rehearsal` the tables that selling and waiting touch, as they are
-- here, with this event's prices and what of it is not sold yet. Who connects with that schema first
-- on the search path sells there by the same functions, and nobody else sees any of it. Functions whose
-- path is pinned come along with theirs pinned to the shadow: no call of them reaches what is real. No
-- triggers come along: nothing is booked and nobody is told. The service may make no tables: these
-- functions are the holder's, and only for the house itself, as which a worker acts.
CREATE OR REPLACE FUNCTION make_shadow(p_event UUID) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name TEXT;
  columns TEXT;
  copied REGPROCEDURE;
BEGIN
  PERFORM drop_shadow();
  FOREACH name IN ARRAY shadowed() LOOP
    EXECUTE format('CREATE TABLE rehearsal.%I (LIKE public.%I INCLUDING ALL)', name, name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['events', 'stock', 'tier_prices'] LOOP
    SELECT string_agg(quote_ident(a.attname), ', ') INTO columns FROM pg_attribute a
      WHERE a.attrelid = format('public.%I', name)::regclass AND a.attnum > 0
        AND NOT a.attisdropped AND a.attgenerated = '';
    EXECUTE format(
      'INSERT INTO rehearsal.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM public.%I WHERE %I = $1',
      name, columns, columns, name, CASE name WHEN 'events' THEN 'id' ELSE 'event_id' END)
      USING p_event;
  END LOOP;
  UPDATE rehearsal.events SET status = 'ON_SALE', sales_end_at = NULL,
    start_time = now() + INTERVAL '1 day', end_time = now() + INTERVAL '2 days';
  UPDATE rehearsal.stock SET held = 0, taken_seats = sold_seats;
  INSERT INTO rehearsal.waiting_lanes (event_id, lane, name, name_key, share)
    VALUES (p_event, 0, '', '', 100);
  FOR copied IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND proname IN ('place_orders', 'settle_orders', 'lock_places', 'expired_orders',
        'locked_levels') LOOP
    EXECUTE replace(pg_get_functiondef(copied), 'CREATE OR REPLACE FUNCTION public.',
      'CREATE FUNCTION rehearsal.');
  END LOOP;
  FOR copied IN SELECT oid FROM pg_proc WHERE pronamespace = 'rehearsal'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = rehearsal, public, pg_temp', copied);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', copied);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', copied, session_user);
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA rehearsal TO %I', session_user);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rehearsal TO %I',
    session_user);
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA rehearsal TO %I', session_user);
END
$$;

CREATE OR REPLACE FUNCTION drop_shadow() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name TEXT;
  copied REGPROCEDURE;
BEGIN
  IF current_setting('arenapulse.actor', TRUE) IS DISTINCT FROM 'service' THEN
    RAISE EXCEPTION 'a shadow is the worker''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOREACH name IN ARRAY shadowed() LOOP
    EXECUTE format('DROP TABLE IF EXISTS rehearsal.%I', name);
  END LOOP;
  FOR copied IN SELECT oid FROM pg_proc WHERE pronamespace = 'rehearsal'::regnamespace LOOP
    EXECUTE format('DROP FUNCTION %s', copied);
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION shadowed() RETURNS TEXT[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY['events', 'stock', 'tier_prices', 'promo_codes', 'promo_people', 'person_places',
    'orders', 'tickets', 'charges', 'pgqueuer', 'waiting_lanes', 'waiting_places']
$$;
