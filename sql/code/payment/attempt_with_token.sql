-- payment.attempt_with_token(...): a try with a token that the payer has just given. With consent the method is kept, its
-- token sealed for it, and may be charged again without the payer; without, the token ends with the attempt.
-- requires: payment.attempt_start, payment.method_add
CREATE OR REPLACE FUNCTION payment.attempt_with_token(p_id uuid, p_invoice uuid, p_processor text, p_token_sealed text,
    p_method uuid, p_label text, p_source text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_processor = 'sandbox' AND NOT (SELECT t.sandbox FROM tenant.tenant t
            WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()) THEN
        PERFORM base.raise('ZB422', 'No processor is connected that takes this method.', '/payment_method', 'unknown');
    END IF;
    IF p_method IS NOT NULL THEN
        PERFORM payment.method_add(p_method, i.account_id, p_processor, p_token_sealed, p_label, true)
           FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    END IF;
    PERFORM payment.attempt_start(p_id, p_invoice, p_method, p_processor,
        CASE WHEN p_method IS NULL THEN p_token_sealed END, p_source);
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_with_token(uuid, uuid, text, text, uuid, text, text) TO billfold_api;
