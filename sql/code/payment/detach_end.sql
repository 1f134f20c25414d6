-- payment.detach_end(method): its processor has forgotten it too.
-- requires: job.emit
CREATE FUNCTION payment.detach_end(p_method uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payment.method m SET detach_sealed = NULL
     WHERE m.tenant_id = base.tenant_id() AND m.id = p_method AND m.detach_sealed IS NOT NULL;
    IF FOUND THEN
        PERFORM job.emit('payment_method.updated', 'payment_method', p_method, NULL);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.detach_end(uuid) TO billfold_paymentd;
