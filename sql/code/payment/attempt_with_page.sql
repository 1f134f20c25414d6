-- payment.attempt_with_page(id, invoice, token_sealed, consent, words, address): the payer pays on the page of the processor where this
-- customer pays; the token is where that page leads back to. With consent, to these words and from this address, the method that
-- they choose there is kept.
-- requires: payment.attempt_start, connect.processor_for
CREATE FUNCTION payment.attempt_with_page(p_id uuid, p_invoice uuid, p_token_sealed text, p_consent uuid, p_words text,
    p_address text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    SELECT i.account_id, f.id AS processor_id, f.kind INTO v
      FROM billing.invoice i CROSS JOIN LATERAL connect.processor_for(i.account_id, i.entity_id) f
     WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    IF v.kind IS DISTINCT FROM 'stripe' THEN
        PERFORM base.raise('ZB422', 'No processor is connected that has a page to pay on.', '/payment_method', 'unknown');
    END IF;
    PERFORM payment.attempt_start(p_id, p_invoice, NULL, v.kind, p_token_sealed, 'customer', v.processor_id, true);
    IF p_consent IS NOT NULL THEN
        INSERT INTO payment.consent (id, account_id, attempt_id, words, address)
        VALUES (p_consent, v.account_id, p_id, p_words, p_address);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_with_page(uuid, uuid, text, uuid, text, text) TO billfold_api;
