-- collect.follow(invoices): these have become due to somebody, or due again: their reminders are planned after this transaction, by jobs of
-- at most 500.
-- requires: job.enqueue, tenant.module_on
CREATE OR REPLACE FUNCTION collect.follow(p_invoices uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM job.enqueue('plan_reminders', 'invoices:' || c.ids[1] || '@' || extract(epoch FROM clock_timestamp()),
               jsonb_build_object('invoice_ids', c.ids, 'after', base.business_now()))
      FROM (SELECT array_agg(u.id ORDER BY u.n) AS ids
              FROM unnest(p_invoices) WITH ORDINALITY AS u (id, n) GROUP BY (u.n - 1) / 500) c
     WHERE tenant.module_on('collection');
END
$$;

GRANT EXECUTE ON FUNCTION collect.follow(uuid[]) TO billfold_program;
