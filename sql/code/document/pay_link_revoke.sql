-- document.pay_link_revoke(invoice): links given out so far lead nowhere; the next generation makes a new one.
-- Returns that generation.
CREATE FUNCTION document.pay_link_revoke(p_invoice uuid) RETURNS integer
LANGUAGE sql AS $$
    WITH gone AS (
        UPDATE document.pay_link l SET revoked_at = now()
         WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = p_invoice AND l.revoked_at IS NULL
        RETURNING l.generation)
    SELECT 1 + greatest((SELECT max(g.generation) FROM gone g), (SELECT max(l.generation) FROM document.pay_link l
        WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = p_invoice), 0)
$$;

GRANT EXECUTE ON FUNCTION document.pay_link_revoke(uuid) TO billfold_api;
