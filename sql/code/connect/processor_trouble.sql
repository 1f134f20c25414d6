-- connect.processor_trouble(processor, trouble): what keeps us from working with an account, for people to mend;
-- NULL: nothing does. Told once, when it begins; a new key begins anew. It is news of the account's health,
-- whose sequence is its own: the account's version, which people change it by, stays.
-- requires: job.emit
CREATE FUNCTION connect.processor_trouble(p_processor uuid, p_trouble text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_before text;
BEGIN
    SELECT CASE WHEN h.trouble_at >= coalesce(p.api_key_at, '-infinity') THEN h.trouble END INTO v_before
      FROM connect.processor_health h
      JOIN connect.processor p ON p.tenant_id = h.tenant_id AND p.id = h.processor_id
     WHERE h.tenant_id = base.tenant_id() AND h.processor_id = p_processor FOR UPDATE OF h;
    IF NOT FOUND THEN
        IF p_trouble IS NULL THEN
            RETURN;
        END IF;
        INSERT INTO connect.processor_health (processor_id) VALUES (p_processor) ON CONFLICT DO NOTHING;
    END IF;
    IF v_before IS NOT DISTINCT FROM p_trouble THEN
        RETURN;
    END IF;
    UPDATE connect.processor_health h
       SET trouble = p_trouble, trouble_at = CASE WHEN p_trouble IS NOT NULL THEN clock_timestamp() END
     WHERE h.tenant_id = base.tenant_id() AND h.processor_id = p_processor;
    PERFORM job.emit(CASE WHEN p_trouble IS NULL THEN 'processor.well' ELSE 'processor.trouble' END, 'processor_health', p_processor,
        jsonb_build_object('trouble', p_trouble));
END
$$;

GRANT EXECUTE ON FUNCTION connect.processor_trouble(uuid, text) TO billfold_paymentd;
