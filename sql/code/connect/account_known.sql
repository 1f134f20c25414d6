-- connect.account_known(processor, ref): what the processor itself calls the account; the first that it tells stays.
CREATE FUNCTION connect.account_known(p_processor uuid, p_ref text) RETURNS void
LANGUAGE sql AS $$
    UPDATE connect.processor_health h SET account_ref = p_ref
     WHERE h.tenant_id = base.tenant_id() AND h.processor_id = p_processor AND h.account_ref IS NULL
$$;

GRANT EXECUTE ON FUNCTION connect.account_known(uuid, text) TO billfold_paymentd;
