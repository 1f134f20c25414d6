-- crm.account_set(account, children): the account, and with children all accounts below it.
CREATE OR REPLACE FUNCTION crm.account_set(p_account uuid, p_children boolean) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE down AS (
        SELECT a.id FROM crm.account a WHERE a.tenant_id = base.tenant_id() AND a.id = p_account
        UNION
        SELECT a.id FROM down JOIN crm.account a ON a.tenant_id = base.tenant_id() AND a.parent_id = down.id
         WHERE p_children
    )
    SELECT coalesce(array_agg(d.id), '{}') FROM down d
$$;

GRANT EXECUTE ON FUNCTION crm.account_set(uuid, boolean) TO billfold_program;
