-- A schema with an event's shadow: the tables that selling and waiting touch, as they are here, with
-- this event's prices and what of it is not sold yet. Who connects with it first on the search path
-- sells there by the same functions, and nobody else sees any of it. No triggers come along: nothing
-- is booked and nobody is told.
CREATE OR REPLACE FUNCTION make_shadow(p_schema TEXT, p_event UUID) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
  home TEXT := current_schema();
  name TEXT;
  columns TEXT;
BEGIN
  EXECUTE format('CREATE SCHEMA %I', p_schema);
  FOREACH name IN ARRAY ARRAY['events', 'stock', 'tier_prices', 'promo_codes', 'promo_people',
    'person_places', 'orders', 'tickets', 'charges', 'pgqueuer', 'waiting_lanes', 'waiting_places']
  LOOP
    EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL)', p_schema, name, home, name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['events', 'stock', 'tier_prices'] LOOP
    SELECT string_agg(quote_ident(a.attname), ', ') INTO columns FROM pg_attribute a
      WHERE a.attrelid = format('%I.%I', home, name)::regclass AND a.attnum > 0
        AND NOT a.attisdropped AND a.attgenerated = '';
    EXECUTE format(
      'INSERT INTO %I.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %I.%I WHERE %I = $1',
      p_schema, name, columns, columns, home, name,
      CASE name WHEN 'events' THEN 'id' ELSE 'event_id' END) USING p_event;
  END LOOP;
  EXECUTE format('UPDATE %I.events SET status = ''ON_SALE'', sales_end_at = NULL,
    start_time = now() + INTERVAL ''1 day'', end_time = now() + INTERVAL ''2 days''', p_schema);
  EXECUTE format('UPDATE %I.stock SET held = 0, taken_seats = sold_seats', p_schema);
  EXECUTE format('INSERT INTO %I.waiting_lanes (event_id, lane, name, name_key, share)
    VALUES ($1, 0, '''', '''', 100)', p_schema) USING p_event;
END
$$;

CREATE OR REPLACE FUNCTION drop_shadow(p_schema TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', p_schema);
END
$$;
