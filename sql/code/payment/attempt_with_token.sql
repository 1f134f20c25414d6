-- payment.attempt_with_token(...): a try with a token that the payer has just given, at the processor that is named, else
-- where this customer pays. With consent the method is kept, its token sealed for it, and may be charged again without
-- the payer; without, the token ends with the attempt.
-- requires: payment.attempt_start, payment.method_add, connect.processor_for, connect.processor_named
CREATE OR REPLACE FUNCTION payment.attempt_with_token(p_id uuid, p_invoice uuid, p_processor uuid, p_token_sealed text,
    p_method uuid, p_source text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_account uuid;
    v_processor uuid;
    v_kind text;
BEGIN
    IF p_processor IS NOT NULL THEN
        SELECT n.id, n.kind INTO v_processor, v_kind FROM connect.processor_named(p_processor) n;
    END IF;
    SELECT i.account_id, coalesce(v_processor, f.id), coalesce(v_kind, f.kind) INTO v_account, v_processor, v_kind
      FROM billing.invoice i LEFT JOIN LATERAL connect.processor_for(i.account_id, i.entity_id) f ON true
     WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    IF FOUND AND coalesce(v_kind, 'manual') = 'manual' THEN
        PERFORM base.raise('ZB422', 'No processor is connected that takes this method.', '/payment_method', 'unknown');
    END IF;
    IF p_method IS NOT NULL AND v_account IS NOT NULL THEN
        PERFORM payment.method_add(p_method, v_account, v_kind, p_token_sealed,
            CASE v_kind WHEN 'sandbox' THEN 'Sandbox card' ELSE 'Card' END, true, v_processor);
    END IF;
    PERFORM payment.attempt_start(p_id, p_invoice, p_method, v_kind, CASE WHEN p_method IS NULL THEN p_token_sealed END,
        p_source, v_processor);
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_with_token(uuid, uuid, uuid, text, uuid, text) TO billfold_api;
