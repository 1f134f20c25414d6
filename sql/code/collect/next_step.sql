-- collect.next_step(invoice): what comes next by itself, and when; no row: nothing.
CREATE OR REPLACE FUNCTION collect.next_step(p_invoice uuid) RETURNS TABLE (action text, at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT CASE s.kind WHEN 'remind' THEN s.payload ->> 'step' ELSE 'retry' END, s.due_at FROM job.schedule s
     WHERE s.tenant_id = base.tenant_id() AND s.kind IN ('remind', 'retry_charge') AND s.key = 'invoice:' || p_invoice
     ORDER BY s.due_at LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION collect.next_step(uuid) TO billfold_program;
