-- collect.drop_plans(invoices): no more planned tries and reminders of these invoices.
-- requires: job.schedules_drop
CREATE OR REPLACE FUNCTION collect.drop_plans(p_invoices uuid[]) RETURNS void
LANGUAGE sql AS $$
    SELECT job.schedules_drop('{remind,retry_charge}', ARRAY(SELECT 'invoice:' || i FROM unnest(p_invoices) i))
$$;

GRANT EXECUTE ON FUNCTION collect.drop_plans(uuid[]) TO billfold_program;
