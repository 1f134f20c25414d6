-- payment.setup_end(setup, state, code, page_ref, page_url): what became of it; in_flight: its owner's turn, on that page. What is over
-- stays so: raises ZBSTA.
-- requires: job.emit
CREATE FUNCTION payment.setup_end(p_setup uuid, p_state text, p_code text, p_page_ref text, p_page_url text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_open boolean := p_state IN ('in_flight', 'unknown');
BEGIN
    UPDATE payment.setup s
       SET state = p_state, failure_code = CASE WHEN p_state = 'failed' THEN p_code END,
           page_ref = coalesce(p_page_ref, s.page_ref),
           page_url = CASE WHEN v_open THEN coalesce(p_page_url, s.page_url) END,
           token_sealed = CASE WHEN v_open THEN s.token_sealed END,
           unknown_at = CASE WHEN p_state = 'unknown' THEN coalesce(s.unknown_at, clock_timestamp()) END,
           unknown_times = s.unknown_times + CASE WHEN p_state = 'unknown' THEN 1 ELSE 0 END,
           unknown_reason = CASE WHEN p_state = 'unknown' THEN p_code END,
           resolved_at = CASE WHEN NOT v_open THEN clock_timestamp() END
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_setup AND s.state IN ('new', 'in_flight', 'unknown');
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'It is over already.');
    END IF;
    PERFORM job.emit('payment_setup.' || CASE WHEN v_open THEN 'updated' ELSE p_state END, 'payment_setup', p_setup,
        jsonb_build_object('state', p_state, 'failure_code', p_code));
END
$$;

GRANT EXECUTE ON FUNCTION payment.setup_end(uuid, text, text, text, text) TO billfold_paymentd;
