-- payment.setup_start(id, account, invoice, processor, token_sealed, source, consent, words, address): a method of the account is to be
-- kept, at the processor that is named, else where the account pays: its owner agreed, to these words and from this address. The
-- token is where the processor's page leads back to. From an invoice's page one at a time (ZBATT).
-- requires: connect.processor_for, connect.processor_named, job.emit, job.enqueue
CREATE FUNCTION payment.setup_start(p_id uuid, p_account uuid, p_invoice uuid, p_processor uuid, p_token_sealed text, p_source text,
    p_consent uuid, p_words text, p_address text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_processor uuid;
    v_kind text;
BEGIN
    SELECT a.id, coalesce(a.entity_id, t.default_entity_id) AS entity_id, coalesce(a.currency, e.base_currency) AS currency INTO v
      FROM crm.account a
      JOIN tenant.tenant t ON t.tenant_id = a.tenant_id AND t.id = a.tenant_id
      JOIN tenant.entity e ON e.tenant_id = a.tenant_id AND e.id = coalesce(a.entity_id, t.default_entity_id)
     WHERE a.tenant_id = base.tenant_id() AND a.id = coalesce(p_account,
            (SELECT i.account_id FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice));
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such account.');
    END IF;
    IF p_processor IS NOT NULL THEN
        SELECT n.id, n.kind INTO v_processor, v_kind FROM connect.processor_named(p_processor) n;
    ELSE
        SELECT f.id, f.kind INTO v_processor, v_kind FROM connect.processor_for(v.id, v.entity_id) f;
    END IF;
    IF v_kind IS DISTINCT FROM 'stripe' THEN
        PERFORM base.raise('ZB422', 'No processor is connected that has a page for this.', '/processor_id', 'unknown');
    END IF;
    BEGIN
        INSERT INTO payment.setup (id, account_id, invoice_id, processor, processor_id, currency, source, token_sealed)
        VALUES (p_id, v.id, p_invoice, v_kind, v_processor, v.currency, p_source, p_token_sealed);
    EXCEPTION WHEN unique_violation THEN
        PERFORM base.raise('ZBATT', 'A page to keep a method on is open already.');
    END;
    INSERT INTO payment.consent (id, account_id, setup_id, words, address) VALUES (p_consent, v.id, p_id, p_words, p_address);
    PERFORM job.emit('payment_setup.created', 'payment_setup', p_id, jsonb_build_object('account_id', v.id, 'source', p_source));
    PERFORM job.enqueue('setup', 'setup:' || p_id, jsonb_build_object('setup_id', p_id));
END
$$;

GRANT EXECUTE ON FUNCTION payment.setup_start(uuid, uuid, uuid, uuid, text, text, uuid, text, text) TO billfold_api;
