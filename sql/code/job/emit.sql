-- job.emit(type, object, object_id, data, version, account): the event of this transaction and object. Called after
-- the change: sequence is the object's version then (given, or looked up; 1 for what was just created;
-- where the object has no versions, one more than the last). account: the customer that it is about (given, or
-- named in data, or the row's own; an account's is itself). A second call for the same object adds to
-- the same event (job.emit_all). An "updated" or "restored" that has not moved the version changed nothing, and is no event.
-- requires: job.object_facts, job.emit_all
CREATE OR REPLACE FUNCTION job.emit(type text, object text, object_id uuid, data jsonb DEFAULT NULL,
    version bigint DEFAULT NULL, account uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_sequence bigint := coalesce($5, CASE WHEN $1 LIKE '%.created' THEN 1 END);
    v_account uuid := coalesce($6, CASE $2 WHEN 'account' THEN $3 END, ($4 ->> 'account_id')::uuid);
    v_found record;
    v_last record;
BEGIN
    IF v_sequence IS NULL OR v_account IS NULL THEN
        SELECT * INTO v_found FROM job.object_facts($2, $3);
        v_sequence := coalesce(v_sequence, v_found.version);
        v_account := coalesce(v_account, v_found.account_id);
    END IF;
    IF v_sequence IS NULL OR $1 ~ '\.(updated|restored)$' THEN
        SELECT e.sequence, e.txid = pg_current_xact_id() AS ours INTO v_last
          FROM job.event e WHERE e.tenant_id = base.tenant_id() AND e.object_id = $3 AND e.object = $2
         ORDER BY e.txid DESC LIMIT 1;
        IF v_sequence IS NULL THEN
            v_sequence := coalesce(v_last.sequence + CASE WHEN v_last.ours THEN 0 ELSE 1 END, 1);
        ELSIF NOT v_last.ours AND v_last.sequence >= v_sequence THEN
            RETURN;
        END IF;
    END IF;
    PERFORM job.emit_all($1, $2, ARRAY[$3], ARRAY[v_sequence], ARRAY[v_account], ARRAY[$4]);
END;
$$;

GRANT EXECUTE ON FUNCTION job.emit(text, text, uuid, jsonb, bigint, uuid) TO billfold_program;
