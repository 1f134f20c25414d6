-- payment.attempt_page(attempt, ref, url): the processor's page on which the payer pays, with the end of the same transaction's
-- attempt_end, which tells of it.
CREATE FUNCTION payment.attempt_page(p_attempt uuid, p_ref text, p_url text) RETURNS void
LANGUAGE sql AS $$
    UPDATE payment.attempt a SET page_ref = p_ref, page_url = p_url
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt AND a.state IN ('new', 'in_flight', 'unknown')
       AND (a.page_ref, a.page_url) IS DISTINCT FROM (p_ref, p_url)
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_page(uuid, text, text) TO billfold_paymentd;
