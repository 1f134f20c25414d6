-- job.emit(type, object, object_id, data, version): the event of this transaction and object. Called after
-- the change: sequence is the object's version then (given, or looked up; 1 for what was just created;
-- where the object has no versions, one more than the last). A second call for the same object adds to
-- the same event: a telling type replaces "updated", the type it replaces is kept in `also`, data are merged.
-- requires: job.object_version, job.guard_event
CREATE OR REPLACE FUNCTION job.emit(type text, object text, object_id uuid, data jsonb DEFAULT NULL,
    version bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_sequence bigint := coalesce($5, CASE WHEN $1 LIKE '%.created' THEN 1 END, job.object_version($2, $3));
BEGIN
    IF v_sequence IS NULL THEN
        SELECT coalesce(max(e.sequence) FILTER (WHERE e.txid = pg_current_xact_id()), max(e.sequence) + 1, 1)
          INTO v_sequence
          FROM job.event e WHERE e.tenant_id = base.tenant_id() AND e.object_id = $3 AND e.object = $2;
    END IF;
    INSERT INTO job.event AS e (type, object, object_id, sequence, actor, request_id, business_at, data)
    VALUES ($1, $2, $3, v_sequence, NULLIF(current_setting('app.actor', true), ''),
            NULLIF(current_setting('app.request', true), ''), base.business_now(), $4)
    ON CONFLICT ON CONSTRAINT event_object_key DO UPDATE
       SET type = CASE WHEN excluded.type LIKE '%.updated' THEN e.type ELSE excluded.type END,
           also = CASE WHEN excluded.type LIKE '%.updated' OR excluded.type = e.type OR e.type LIKE '%.updated' THEN e.also
                       ELSE e.also || e.type END,
           sequence = greatest(e.sequence, excluded.sequence),
           data = CASE WHEN e.data IS NULL THEN excluded.data WHEN excluded.data IS NULL THEN e.data
                       ELSE e.data || excluded.data END;
END;
$$;

GRANT EXECUTE ON FUNCTION job.emit(text, text, uuid, jsonb, bigint) TO billfold_program;
