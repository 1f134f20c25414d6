-- job.emit_also(type, also, object, ids, versions, accounts, data): job.emit_all for what happens by several names at once: also
-- are the types besides the one that tells most, such as that a document which is final from the first moment was made.
-- requires: job.guard_event
CREATE OR REPLACE FUNCTION job.emit_also(type text, also text[], object text, ids uuid[], versions bigint[], accounts uuid[],
    data jsonb[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_facts text;
    v_data jsonb[] := $7;
BEGIN
    SELECT f.facts INTO v_facts FROM job.event_facts f WHERE f.object = $3;
    IF v_facts IS NOT NULL THEN
        EXECUTE format('SELECT array_agg(coalesce(%s(u.id) || coalesce(u.data, ''{}''), u.data) ORDER BY u.n)'
            ' FROM unnest($1, $2) WITH ORDINALITY AS u (id, data, n)', v_facts) INTO v_data USING $4, $7;
    END IF;
    INSERT INTO job.event AS e (type, also, object, object_id, account_id, sequence, actor, request_id, business_at, data)
    SELECT $1, $2, $3, u.id, u.account, u.version, NULLIF(current_setting('app.actor', true), ''),
           NULLIF(current_setting('app.request', true), ''), base.business_now(), u.data
      FROM (SELECT unnest($4) AS id, unnest($5) AS version, unnest($6) AS account, unnest(v_data) AS data) u
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

GRANT EXECUTE ON FUNCTION job.emit_also(text, text[], text, uuid[], bigint[], uuid[], jsonb[]) TO billfold_program;
