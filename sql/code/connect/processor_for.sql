-- connect.processor_for(account, entity): where a customer of a seller pays: the account's own processor, else the
-- seller's default, else the tenant's. A tenant of trial without any has the sandbox, which needs no account
-- (id NULL). No row: nowhere.
CREATE FUNCTION connect.processor_for(p_account uuid, p_entity uuid) RETURNS TABLE (id uuid, kind text)
LANGUAGE sql STABLE AS $$
    SELECT x.id, x.kind FROM (
        SELECT p.id, p.kind,
               CASE WHEN a.account_id IS NOT NULL THEN 1 WHEN p.entity_id IS NOT NULL THEN 2 ELSE 3 END AS place
          FROM connect.processor p
          LEFT JOIN connect.account_processor a
            ON a.tenant_id = p.tenant_id AND a.processor_id = p.id AND a.account_id = p_account
         WHERE p.tenant_id = base.tenant_id() AND p.state = 'active' AND p.archived_at IS NULL
           AND (a.account_id IS NOT NULL
                OR (p.is_default AND (p.entity_id IS NULL OR p.entity_id = p_entity)))
        UNION ALL
        SELECT NULL, 'sandbox', 4 FROM tenant.tenant t
         WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id() AND t.sandbox) x
     ORDER BY x.place LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION connect.processor_for(uuid, uuid) TO billfold_program;
