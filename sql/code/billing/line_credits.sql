-- billing.line_credits(document): what final documents have given back of each of its lines, in the line's own direction.
-- quantity: of its units; by_quantity: all of them by units; exact: by credit notes alone, which split no tax over several lines. What a
-- change takes back of that again stands on a standard document.
CREATE FUNCTION billing.line_credits(p_original uuid)
RETURNS TABLE (line_id uuid, net bigint, tax bigint, quantity numeric, by_quantity boolean, exact boolean)
LANGUAGE sql STABLE AS $$
    SELECT l.original_line_id, -sum(l.net)::bigint, -sum(l.tax)::bigint, coalesce(sum(l.original_quantity), 0),
           bool_and(l.original_quantity IS NOT NULL), bool_and(c.kind = 'credit')
      FROM billing.invoice_line l
      JOIN billing.invoice c ON c.tenant_id = l.tenant_id AND c.id = l.invoice_id
     WHERE l.tenant_id = base.tenant_id() AND l.original_invoice_id = p_original
       AND c.number IS NOT NULL AND c.status <> 'void' AND c.kind IN ('credit', 'mixed', 'standard')
     GROUP BY l.original_line_id
$$;

GRANT EXECUTE ON FUNCTION billing.line_credits(uuid) TO billfold_program;
