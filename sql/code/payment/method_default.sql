-- payment.method_default(method): makes room for another default of its account: the former one gives way. Raises ZBSTA for a
-- method that is of no further use.
-- requires: payment.hold, job.emit
CREATE OR REPLACE FUNCTION payment.method_default(p_method uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.method;
    v_former payment.method;
BEGIN
    SELECT * INTO v FROM payment.method m WHERE m.tenant_id = base.tenant_id() AND m.id = p_method;
    IF v.state <> 'active' THEN
        PERFORM base.raise('ZBSTA', format('A method that is %s is nobody''s default.', v.state), '/is_default', 'wrong_state');
    END IF;
    PERFORM payment.hold(ARRAY[v.account_id]);
    UPDATE payment.method m SET is_default = false
     WHERE m.tenant_id = base.tenant_id() AND m.account_id = v.account_id AND m.is_default AND m.id <> p_method
    RETURNING m.* INTO v_former;
    IF FOUND THEN
        PERFORM job.emit('payment_method.updated', 'payment_method', v_former.id, jsonb_build_object(
            'account_id', v_former.account_id, 'is_default', false), v_former.version);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.method_default(uuid) TO billfold_api;
