-- payment.advances(payers): what these accounts have paid and no invoice has used, oldest first, each at its rate: what finalizing
-- a document of theirs decides on.
CREATE OR REPLACE FUNCTION payment.advances(p_payers uuid[])
RETURNS TABLE (id uuid, account_id uuid, entity_id uuid, currency text, received_on date, unapplied bigint, exchange_rate text)
LANGUAGE sql STABLE AS $$
    SELECT p.id, p.account_id, p.entity_id, p.currency, p.received_on, p.unapplied, p.exchange_rate::text
      FROM payment.payment p
     WHERE p.tenant_id = base.tenant_id() AND p.account_id = ANY (p_payers) AND p.unapplied > 0
     ORDER BY p.received_on, p.id
$$;

GRANT EXECUTE ON FUNCTION payment.advances(uuid[]) TO billfold_program;
