-- crm.payer(account): who receives the invoices of an account: itself, or where it bills to its
-- parent that one's payer, walked up eight levels at most. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION crm.payer(p_account uuid) RETURNS uuid
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        WITH RECURSIVE up AS (
            SELECT a.id, a.bill_to, a.parent_id, 0 AS level
              FROM crm.account a WHERE a.tenant_id = base.tenant_id() AND a.id = p_account
            UNION ALL
            SELECT p.id, p.bill_to, p.parent_id, up.level + 1
              FROM up JOIN crm.account p ON p.tenant_id = base.tenant_id() AND p.id = up.parent_id
             WHERE up.bill_to = 'parent' AND up.level < 8
        )
        SELECT id FROM up ORDER BY level DESC LIMIT 1);
END
$$;

GRANT EXECUTE ON FUNCTION crm.payer(uuid) TO billfold_program;
