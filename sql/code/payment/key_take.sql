-- payment.key_take(processor): the key that is to take the place of an account's, and what is known of the account: the
-- processor's own name for it, and a charge that it made. No row: there is none (any more).
CREATE FUNCTION payment.key_take(p_processor uuid)
RETURNS TABLE (kind text, live boolean, key_sealed text, account_ref text, witness text)
LANGUAGE sql STABLE AS $$
    SELECT p.kind, p.mode = 'live', p.api_key_next_sealed, h.account_ref,
           (SELECT a.processor_ref FROM payment.attempt a
             WHERE a.tenant_id = p.tenant_id AND a.processor_id = p.id AND a.processor_ref IS NOT NULL LIMIT 1)
      FROM connect.processor p
      LEFT JOIN connect.processor_health h ON h.tenant_id = p.tenant_id AND h.processor_id = p.id
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_processor AND p.archived_at IS NULL AND p.api_key_next_sealed IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION payment.key_take(uuid) TO billfold_paymentd;
