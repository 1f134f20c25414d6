-- payment.open_print(payer, entity, currency): a print of all that is open: another one means that something came, went
-- or was paid in between.
CREATE OR REPLACE FUNCTION payment.open_print(p_payer uuid, p_entity uuid, p_currency text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT md5(coalesce(string_agg(i.id || ':' || i.amount_due, ',' ORDER BY i.id), ''))
          FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.account_id = p_payer AND i.entity_id = p_entity
           AND i.currency = p_currency AND i.status IN ('open', 'partially_paid') AND i.amount_due > 0);
END
$$;

GRANT EXECUTE ON FUNCTION payment.open_print(uuid, uuid, text) TO billfold_program;
