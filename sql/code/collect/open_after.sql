-- collect.open_after(account, id, limit): ids of open invoices after one, in their order: of an account, or of all (NULL).
CREATE OR REPLACE FUNCTION collect.open_after(p_account uuid, p_id uuid, p_limit integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Two statements: each has its own index to walk.
    IF p_account IS NULL THEN
        RETURN QUERY
        SELECT i.id FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.status IN ('open', 'partially_paid') AND i.id > p_id
         ORDER BY i.id LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT i.id FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.account_id = p_account AND i.status IN ('open', 'partially_paid') AND i.id > p_id
         ORDER BY i.id LIMIT p_limit;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION collect.open_after(uuid, uuid, integer) TO billfold_program;
