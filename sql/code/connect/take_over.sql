-- connect.take_over(processor, accounts): these customers pay at this processor from now on. What runs at another one ends
-- where it began, what was paid there stays there; a kept method of another one is not the default any more. Who pays there already
-- is not moved.
-- requires: payment.hold, payment.follow_processor, job.emit
CREATE FUNCTION connect.take_over(p_processor uuid, p_accounts uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_state text;
    v_missing uuid;
    v_account uuid;
BEGIN
    SELECT p.state INTO v_state FROM connect.processor p
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_processor AND p.archived_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'There is no such processor.');
    ELSIF v_state <> 'active' THEN
        PERFORM base.raise('ZBSTA', 'The processor is paused.', '/state', 'wrong_state');
    END IF;
    SELECT u INTO v_missing FROM unnest(p_accounts) u
     WHERE NOT EXISTS (SELECT FROM crm.account a WHERE a.tenant_id = base.tenant_id() AND a.id = u) LIMIT 1;
    IF FOUND THEN
        PERFORM base.raise('ZB422', format('There is no account %s.', v_missing), '/account_ids', 'not_found');
    END IF;
    PERFORM payment.hold(p_accounts);
    FOR v_account IN
        INSERT INTO connect.account_processor (account_id, processor_id)
        SELECT DISTINCT u, p_processor FROM unnest(p_accounts) u
        ON CONFLICT ON CONSTRAINT account_processor_pkey DO UPDATE
           SET processor_id = excluded.processor_id, moved_at = now()
         WHERE account_processor.processor_id <> excluded.processor_id
        RETURNING account_id
    LOOP
        PERFORM payment.follow_processor(v_account, p_processor);
        PERFORM job.emit('account.processor_changed', 'account', v_account,
            jsonb_build_object('processor_id', p_processor));
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION connect.take_over(uuid, uuid[]) TO billfold_api;
