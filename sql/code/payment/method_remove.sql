-- payment.method_remove(method): it is never charged again, and its token is forgotten, by the processor too; what was charged with it stays. Not while an
-- attempt is on its way: the processor may have to be asked the same once more.
-- requires: job.emit, job.enqueue
CREATE OR REPLACE FUNCTION payment.method_remove(p_method uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.method;
BEGIN
    SELECT * INTO v FROM payment.method m WHERE m.tenant_id = base.tenant_id() AND m.id = p_method FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such payment_method.');
    ELSIF v.state = 'removed' THEN
        PERFORM base.raise('ZBSTA', 'It is archived for good.', '/state', 'wrong_state');
    ELSIF EXISTS (SELECT FROM payment.attempt a WHERE a.tenant_id = v.tenant_id AND a.method_id = v.id
                   AND a.state IN ('new', 'in_flight', 'unknown')) THEN
        PERFORM base.raise('ZBATT', 'An attempt with this method is on its way.');
    END IF;
    UPDATE payment.method m
       SET state = 'removed', token_sealed = NULL, detach_sealed = CASE WHEN v.processor = 'stripe' THEN v.token_sealed END, is_default = false, archived_at = clock_timestamp()
     WHERE m.tenant_id = base.tenant_id() AND m.id = p_method;
    PERFORM job.emit('payment_method.removed', 'payment_method', p_method, jsonb_build_object('account_id', v.account_id,
        'state', 'removed'));
    IF v.processor = 'stripe' THEN
        PERFORM job.enqueue('detach', 'method:' || p_method, jsonb_build_object('method_id', p_method));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.method_remove(uuid) TO billfold_api;
