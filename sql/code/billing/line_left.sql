-- billing.line_left(document): what is left of each of its lines that has not been given back by final documents. Where a document has
-- taken back of several lines, its tax groups may have taken a unit more of one's tax than its share: then none is left.
-- requires: billing.line_credits
CREATE FUNCTION billing.line_left(p_id uuid) RETURNS TABLE (line_id uuid, net bigint, tax bigint)
LANGUAGE sql STABLE AS $$
    SELECT l.id, l.net - coalesce(k.net, 0),
           CASE WHEN sign(l.tax) * sign(l.tax - coalesce(k.tax, 0)) < 0 THEN 0 ELSE l.tax - coalesce(k.tax, 0) END
      FROM billing.invoice_line l
      LEFT JOIN billing.line_credits(p_id) k ON k.line_id = l.id
     WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.line_left(uuid) TO billfold_program;
