-- api.claim_key(key, scope, fingerprint): the second statement of a write that carries an
-- Idempotency-Key. The lock first, so that a request under the same key that still runs is an answer
-- (ZBKEY) and not a wait. A kept answer to the same request raises ZBRPL: roll back and replay it;
-- to another request, ZBREU. Answers are kept for 24 hours. The answer itself is inserted by the
-- end of the same transaction, so that it is kept exactly when the effect is. By the key always: planned while no answer was
-- kept, reading all of the tenant's, by whichever index, seemed as good, and each key after paid for those that had come. In the
-- order of the key, without a sort, there is one way.
CREATE OR REPLACE FUNCTION api.claim_key(key text, scope text, fingerprint text) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off
AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v record;
BEGIN
    -- The lengths keep ('a', 'bc') and ('ab', 'c') apart.
    IF NOT pg_try_advisory_xact_lock(hashtextextended(
            format('%s %s %s %s', v_tenant, length($2), $2, $1), 0)) THEN
        PERFORM base.raise('ZBKEY', 'A request with this Idempotency-Key is still running.');
    END IF;
    SELECT a.scope, a.key, a.fingerprint, a.created_at INTO v
      FROM api.answer a
     WHERE a.tenant_id = v_tenant AND (a.scope, a.key) >= ($2, $1)
     ORDER BY a.scope, a.key LIMIT 1;
    IF NOT FOUND OR (v.scope, v.key) <> ($2, $1) THEN
        RETURN;
    END IF;
    IF v.created_at < now() - interval '24 hours' THEN
        DELETE FROM api.answer a WHERE a.tenant_id = v_tenant AND a.scope = $2 AND a.key = $1;
    ELSIF v.fingerprint = $3 THEN
        PERFORM base.raise('ZBRPL', 'This request was answered before.');
    ELSE
        PERFORM base.raise('ZBREU', 'This Idempotency-Key was used for another request.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION api.claim_key(text, text, text) TO billfold_program;
