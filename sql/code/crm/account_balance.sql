-- crm.account_balance(tenant, accounts): what these accounts owe together, by currency, from their documents.
-- overdue: due before today in the document's time zone. unapplied: money received and not yet
-- used, a liability of the seller.
-- requires: billing.is_overdue
CREATE OR REPLACE FUNCTION crm.account_balance(p_tenant uuid, p_accounts uuid[])
RETURNS TABLE (currency text, amount_due bigint, overdue bigint, unapplied bigint)
LANGUAGE sql STABLE
AS $$
    SELECT s.currency, sum(s.due)::bigint, sum(s.overdue)::bigint, sum(s.unapplied)::bigint
      FROM (
        SELECT i.currency, i.amount_due AS due, CASE WHEN billing.is_overdue(i) THEN i.amount_due ELSE 0 END AS overdue,
               0 AS unapplied
          FROM billing.invoice i
         WHERE i.tenant_id = p_tenant AND i.account_id = ANY (p_accounts)
           AND i.status IN ('open', 'partially_paid', 'uncollectible')
        UNION ALL
        SELECT p.currency, 0, 0, p.unapplied
          FROM payment.payment p
         WHERE p.tenant_id = p_tenant AND p.account_id = ANY (p_accounts) AND p.unapplied > 0
      ) s
     GROUP BY s.currency;
$$;

GRANT EXECUTE ON FUNCTION crm.account_balance(uuid, uuid[]) TO billfold_program;
