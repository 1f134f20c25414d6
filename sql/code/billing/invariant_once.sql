-- billing.invariant_once(): what was billed twice; no row when all is well. A deal's line stands on one live
-- document at most: corrections and pro-forma documents do not bill it again.
CREATE FUNCTION billing.invariant_once() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT l.tenant_id, 'crm.deal_line', l.deal_line_id::text,
           format('stands on %s live invoices: %s', count(DISTINCT i.id), string_agg(DISTINCT coalesce(i.number, i.id::text), ', '))
      FROM billing.invoice_line l
      JOIN billing.invoice i ON i.tenant_id = l.tenant_id AND i.id = l.invoice_id
     WHERE l.deal_line_id IS NOT NULL AND i.status <> 'void' AND i.kind IN ('standard', 'timesheet', 'interim')
       AND i.subscription_id IS NULL
       -- What was credited in full may be billed anew.
       AND NOT (i.payable > 0 AND i.credited >= i.payable)
     GROUP BY l.tenant_id, l.deal_line_id HAVING count(DISTINCT i.id) > 1
$$;

COMMENT ON FUNCTION billing.invariant_once() IS 'I16 nothing is billed twice';
