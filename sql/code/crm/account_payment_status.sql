-- crm.account_payment_status(tenant, account): none, overdue, open or paid, the gravest that applies.
CREATE OR REPLACE FUNCTION crm.account_payment_status(p_tenant uuid, p_account uuid) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN count(*) FILTER (WHERE i.status IN ('open', 'partially_paid')
                                AND i.due_date < base.business_today()) > 0 THEN 'overdue'
        WHEN count(*) FILTER (WHERE i.status IN ('open', 'partially_paid')) > 0 THEN 'open'
        WHEN count(*) FILTER (WHERE i.status = 'paid') > 0 THEN 'paid'
        ELSE 'none' END
      FROM billing.invoice i
     WHERE i.tenant_id = p_tenant AND i.account_id = p_account;
$$;

GRANT EXECUTE ON FUNCTION crm.account_payment_status(uuid, uuid) TO billfold_program;
