-- collect.invariant_dunning(): what is wrong with what is collected; no row when all is well. Nothing is planned and no case is open for what is
-- settled, nothing is planned for what a person has, a method is not charged by itself again after a hard decline, and every tenant
-- has a default policy.
CREATE FUNCTION collect.invariant_dunning() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT s.tenant_id, 'job.schedule', s.id::text,
           format('%s of invoice %s is planned for %s: %s', s.kind, i.id, s.due_at,
                  CASE WHEN i.amount_due = 0 THEN 'nothing is due' ELSE 'its case is ' || d.state END)
      FROM job.schedule s
      JOIN billing.invoice i ON i.tenant_id = s.tenant_id AND s.key = 'invoice:' || i.id
      LEFT JOIN collect.dunning d ON d.tenant_id = i.tenant_id AND d.invoice_id = i.id
     WHERE s.kind IN ('remind', 'retry_charge') AND (i.amount_due = 0 OR d.state IN ('held', 'handed_over'))
    UNION ALL
    SELECT d.tenant_id, 'collect.dunning', d.id::text, format('%s, but invoice %s is %s', d.state, i.id, i.status)
      FROM collect.dunning d
      JOIN billing.invoice i ON i.tenant_id = d.tenant_id AND i.id = d.invoice_id
     WHERE d.state <> 'resolved' AND i.amount_due = 0
    UNION ALL
    SELECT a.tenant_id, 'payment.attempt', a.id::text, format('charged by itself after the hard decline of attempt %s', h.id)
      FROM payment.attempt a
      JOIN payment.attempt h ON h.tenant_id = a.tenant_id AND h.invoice_id = a.invoice_id AND h.method_id = a.method_id
     WHERE a.source = 'retry' AND h.decline_class = 'hard' AND h.id < a.id
    UNION ALL
    SELECT t.id, 'collect.policy', NULL, 'no policy is the default'
      FROM tenant.tenant t
     WHERE NOT EXISTS (SELECT FROM collect.policy p WHERE p.tenant_id = t.id AND p.is_default)
$$;

COMMENT ON FUNCTION collect.invariant_dunning() IS 'I18 no step is planned after an invoice is settled or in a person''s hands, none is charged after a hard decline';
