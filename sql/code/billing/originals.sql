-- billing.originals(documents): the documents whose lines these give back or add to.
CREATE FUNCTION billing.originals(p_id uuid[]) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT i.original_invoice_id FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id) AND i.original_invoice_id IS NOT NULL
        UNION
        SELECT l.original_invoice_id FROM billing.invoice_line l
         WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = ANY (p_id) AND l.original_invoice_id IS NOT NULL)
$$;

GRANT EXECUTE ON FUNCTION billing.originals(uuid[]) TO billfold_program;
