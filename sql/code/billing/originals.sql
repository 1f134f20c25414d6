-- billing.originals(documents): the documents whose lines these give back or add to. Who compares documents with what it returns has it
-- in a variable, or by itself in FROM: else it is made for each document of the tenant.
CREATE FUNCTION billing.originals(p_id uuid[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT i.original_invoice_id FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id) AND i.original_invoice_id IS NOT NULL
        UNION
        SELECT l.original_invoice_id FROM billing.invoice_line l
         WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = ANY (p_id) AND l.original_invoice_id IS NOT NULL);
END
$$;

GRANT EXECUTE ON FUNCTION billing.originals(uuid[]) TO billfold_program;
