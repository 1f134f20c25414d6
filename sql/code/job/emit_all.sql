-- job.emit_all(type, object, ids, versions, accounts, data): the events of a set of objects in this transaction, of one type,
-- each object once, with its version after the change. A second event for the same object adds to the first: a telling
-- type replaces "updated", the type it replaces is kept in `also`, data are merged. job.event_facts names what
-- events of this kind of object tell besides, as it is after the change.
-- requires: job.guard_event
CREATE OR REPLACE FUNCTION job.emit_all(type text, object text, ids uuid[], versions bigint[], accounts uuid[],
    data jsonb[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_facts text;
    v_data jsonb[] := $6;
BEGIN
    SELECT f.facts INTO v_facts FROM job.event_facts f WHERE f.object = $2;
    IF v_facts IS NOT NULL THEN
        EXECUTE format('SELECT array_agg(coalesce(%s(u.id) || coalesce(u.data, ''{}''), u.data) ORDER BY u.n)'
            ' FROM unnest($1, $2) WITH ORDINALITY AS u (id, data, n)', v_facts) INTO v_data USING $3, $6;
    END IF;
    INSERT INTO job.event AS e (type, object, object_id, account_id, sequence, actor, request_id, business_at, data)
    SELECT $1, $2, u.id, u.account, u.version, NULLIF(current_setting('app.actor', true), ''),
           NULLIF(current_setting('app.request', true), ''), base.business_now(), u.data
      FROM unnest($3, $4, $5, v_data) AS u (id, version, account, data)
    ON CONFLICT ON CONSTRAINT event_object_key DO UPDATE
       SET type = CASE WHEN excluded.type LIKE '%.updated' THEN e.type ELSE excluded.type END,
           also = CASE WHEN excluded.type LIKE '%.updated' OR excluded.type = e.type OR e.type LIKE '%.updated' THEN e.also
                       ELSE e.also || e.type END,
           account_id = coalesce(excluded.account_id, e.account_id),
           sequence = greatest(e.sequence, excluded.sequence),
           data = CASE WHEN e.data IS NULL THEN excluded.data WHEN excluded.data IS NULL THEN e.data
                       ELSE e.data || excluded.data END;
END;
$$;

GRANT EXECUTE ON FUNCTION job.emit_all(text, text, uuid[], bigint[], uuid[], jsonb[]) TO billfold_program;
