-- payment.key_end(processor, asked, found, account_ref, key_sealed): what the processor said of a key that is to take the place of
-- an account's. asked: the sealed key that it is about; one that came meanwhile is asked for by itself. found: `same` account,
-- `other`, `not_told`, or `not_taken`. Another account's key, or one of nobody knows whose, is taken only where nothing here
-- lives at the former account: no attempt, refund or dispute that is open, and no method that is kept. key_sealed: the key,
-- sealed for its new place.
-- requires: job.emit
CREATE FUNCTION payment.key_end(p_processor uuid, p_asked text, p_found text, p_account_ref text, p_key_sealed text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_refused text;
BEGIN
    SELECT p.* INTO v FROM (SELECT x.tenant_id, x.id, x.api_key_next_sealed, x.api_key_next_hint FROM connect.processor x
            WHERE x.tenant_id = base.tenant_id() AND x.id = p_processor FOR UPDATE) p;
    IF v.api_key_next_sealed IS DISTINCT FROM p_asked THEN
        RETURN;
    END IF;
    IF p_found = 'not_taken' THEN
        v_refused := 'not_taken';
    ELSIF p_found <> 'same' AND (
            EXISTS (SELECT FROM payment.method m WHERE m.tenant_id = v.tenant_id AND m.processor_id = v.id AND m.state <> 'removed')
            OR EXISTS (SELECT FROM payment.attempt a WHERE a.tenant_id = v.tenant_id AND a.processor_id = v.id
                AND a.state IN ('new', 'in_flight', 'unknown'))
            OR EXISTS (SELECT FROM payment.refund r WHERE r.tenant_id = v.tenant_id AND r.processor_id = v.id
                AND r.state IN ('new', 'in_flight', 'unknown'))
            OR EXISTS (SELECT FROM payment.dispute d WHERE d.tenant_id = v.tenant_id AND d.processor_id = v.id
                AND d.state IN ('inquiry', 'open'))) THEN
        v_refused := CASE p_found WHEN 'other' THEN 'other_account' ELSE 'not_told' END;
    END IF;
    INSERT INTO connect.processor_health (processor_id) VALUES (p_processor) ON CONFLICT DO NOTHING;
    UPDATE connect.processor_health h
       SET key_refused = v_refused,
           account_ref = CASE WHEN v_refused IS NOT NULL OR p_found = 'same' THEN coalesce(h.account_ref, CASE WHEN v_refused IS NULL THEN p_account_ref END)
                              ELSE p_account_ref END,
           polled_event = CASE WHEN v_refused IS NOT NULL OR p_found <> 'other' THEN h.polled_event END
     WHERE h.tenant_id = v.tenant_id AND h.processor_id = v.id;
    IF v_refused IS NULL AND p_found = 'other' THEN
        DELETE FROM connect.processor_customer c WHERE c.tenant_id = v.tenant_id AND c.processor_id = v.id;
    END IF;
    UPDATE connect.processor p
       SET api_key_sealed = CASE WHEN v_refused IS NULL THEN p_key_sealed ELSE p.api_key_sealed END,
           api_key_hint = CASE WHEN v_refused IS NULL THEN p.api_key_next_hint ELSE p.api_key_hint END,
           api_key_at = CASE WHEN v_refused IS NULL THEN clock_timestamp() ELSE p.api_key_at END,
           api_key_next_sealed = NULL, api_key_next_hint = NULL
     WHERE p.tenant_id = v.tenant_id AND p.id = v.id;
    PERFORM job.emit('processor.updated', 'processor', p_processor, jsonb_build_object('api_key_refused', v_refused));
END
$$;

GRANT EXECUTE ON FUNCTION payment.key_end(uuid, text, text, text, text) TO billfold_paymentd;
