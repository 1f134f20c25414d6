-- billing.invariant_live(): what is wrong with what is billed; no row when all is well. What was made for one
-- thing (a deal's one-off part, a subscription's bill date) is one live document, and a bill date that is still to come, or was skipped, has none.
CREATE FUNCTION billing.invariant_live() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT i.tenant_id, 'billing.invoice', min(i.id::text), format('%s live invoices of %s', count(*), i.origin)
      FROM billing.invoice i WHERE i.origin IS NOT NULL AND i.status <> 'void'
       AND NOT (i.payable > 0 AND i.credited >= i.payable)
     GROUP BY i.tenant_id, i.origin HAVING count(*) > 1
    UNION ALL
    SELECT s.tenant_id, 'billing.subscription', min(s.id::text), format('%s live subscriptions of %s', count(*), s.origin)
      FROM billing.subscription s WHERE s.origin IS NOT NULL AND s.state <> 'cancelled'
     GROUP BY s.tenant_id, s.origin HAVING count(*) > 1
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', min(i.id::text),
           format('%s live invoices for the bill date %s of the subscription %s', count(*), i.period_start, i.subscription_id)
      FROM billing.invoice i WHERE i.period_start IS NOT NULL AND i.status <> 'void' AND NOT (i.payable > 0 AND i.credited >= i.payable)
     GROUP BY i.tenant_id, i.subscription_id, i.period_start, i.kind HAVING count(*) > 1
    UNION ALL
    SELECT s.tenant_id, 'billing.subscription', s.id::text,
           format('is to be billed on %s, and has a live invoice for %s', s.next_bill_on, max(i.period_start))
      FROM billing.subscription s
      JOIN billing.invoice i ON i.tenant_id = s.tenant_id AND i.subscription_id = s.id AND i.period_start >= s.next_bill_on
       AND i.status <> 'void' AND NOT (i.payable > 0 AND i.credited >= i.payable)
     WHERE s.next_bill_on IS NOT NULL
     GROUP BY s.tenant_id, s.id, s.next_bill_on
    UNION ALL
    SELECT k.tenant_id, 'billing.subscription_skip', k.subscription_id::text, format('the bill date %s was skipped, and has a live invoice', k.period_start)
      FROM billing.subscription_skip k
      JOIN billing.invoice i ON i.tenant_id = k.tenant_id AND i.subscription_id = k.subscription_id AND i.period_start = k.period_start
       AND i.kind = 'standard' AND i.status <> 'void' AND NOT (i.payable > 0 AND i.credited >= i.payable)
    UNION ALL
    SELECT r.tenant_id, 'billing.subscription_retry', r.subscription_id::text, 'is to be tried again, and is not parked'
      FROM billing.subscription_retry r
      JOIN billing.subscription s ON s.tenant_id = r.tenant_id AND s.id = r.subscription_id AND s.parked_at IS NULL
$$;

COMMENT ON FUNCTION billing.invariant_live() IS 'I2 one live document for each thing that is billed';
