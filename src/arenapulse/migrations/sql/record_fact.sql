-- One job for each reaction to a fact, in the caller's transaction, as `record` of runtime/jobs does
-- it; for functions that know what happened to hundreds at once. Who is named reacts, so where nobody
-- does the caller does not call. The caller's process wakes the workers after the commit.
CREATE OR REPLACE FUNCTION record_fact(p_reactions TEXT[], p_fact JSON) RETURNS VOID
LANGUAGE sql AS $$
  INSERT INTO pgqueuer (priority, status, entrypoint, payload)
    SELECT 0, 'queued', x.name, convert_to(p_fact::TEXT, 'UTF8') FROM unnest(p_reactions) x(name)
$$;
