-- crm.account_balance(tenant, account): what the account owes, by currency, from its documents.
-- overdue: due before today in the tenant's business time. unapplied: money received and not yet
-- used, a liability of the seller.
CREATE OR REPLACE FUNCTION crm.account_balance(p_tenant uuid, p_account uuid)
RETURNS TABLE (currency text, amount_due bigint, overdue bigint, unapplied bigint)
LANGUAGE sql STABLE
AS $$
    SELECT s.currency, sum(s.due)::bigint, sum(s.overdue)::bigint, sum(s.unapplied)::bigint
      FROM (
        SELECT i.currency, i.amount_due AS due,
               CASE WHEN i.due_date < base.business_today() THEN i.amount_due ELSE 0 END AS overdue,
               0 AS unapplied
          FROM billing.invoice i
         WHERE i.tenant_id = p_tenant AND i.account_id = p_account
           AND i.status IN ('open', 'partially_paid', 'uncollectible')
        UNION ALL
        SELECT p.currency, 0, 0, p.unapplied
          FROM payment.payment p
         WHERE p.tenant_id = p_tenant AND p.account_id = p_account AND p.unapplied > 0
      ) s
     GROUP BY s.currency;
$$;

GRANT EXECUTE ON FUNCTION crm.account_balance(uuid, uuid) TO billfold_program;
