-- payment.follow_processor(account, processor): the account pays elsewhere: its newest active method there, if there is one,
-- becomes the default; one of another processor is it no more.
-- requires: collect.method_changed, job.emit
CREATE FUNCTION payment.follow_processor(p_account uuid, p_processor uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        UPDATE payment.method m SET is_default = false
         WHERE m.tenant_id = base.tenant_id() AND m.account_id = p_account AND m.is_default
           AND m.processor_id IS DISTINCT FROM p_processor
        RETURNING m.id, m.version
    LOOP
        PERFORM job.emit('payment_method.updated', 'payment_method', v.id, jsonb_build_object('account_id', p_account,
            'is_default', false), v.version);
    END LOOP;
    UPDATE payment.method m SET is_default = true
     WHERE m.tenant_id = base.tenant_id() AND m.account_id = p_account AND m.processor_id = p_processor
       AND m.id = (SELECT x.id FROM payment.method x
                    WHERE x.tenant_id = base.tenant_id() AND x.account_id = p_account AND x.processor_id = p_processor
                      AND x.state = 'active' ORDER BY x.is_default DESC, x.id DESC LIMIT 1)
       AND NOT m.is_default
    RETURNING m.id, m.version INTO v;
    IF FOUND THEN
        PERFORM job.emit('payment_method.updated', 'payment_method', v.id, jsonb_build_object('account_id', p_account,
            'is_default', true), v.version);
    END IF;
    PERFORM collect.method_changed(p_account);
END
$$;

GRANT EXECUTE ON FUNCTION payment.follow_processor(uuid, uuid) TO billfold_api;
