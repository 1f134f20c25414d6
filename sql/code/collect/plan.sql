-- collect.plan(invoices, ats, froms, steps): the next step of each invoice's reminders as C has decided, a set at a time; ats NULL: none.
-- from is the instant for which the first of these steps was planned: later than at by none, earlier where it was put off. Nothing is
-- planned for what is settled or quiet; the invoices are locked, so that nobody settles one meanwhile.
-- requires: job.schedules_put, job.schedules_drop
CREATE OR REPLACE FUNCTION collect.plan(p_invoices uuid[], p_ats timestamptz[], p_froms timestamptz[], p_steps text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_invoices) ORDER BY i.id FOR SHARE;
    PERFORM job.schedules_drop('{remind}', array_agg('invoice:' || u.id))
       FROM unnest(p_invoices, p_ats) AS u (id, at) WHERE u.at IS NULL HAVING count(*) > 0;
    PERFORM job.schedules_put('remind', array_agg('invoice:' || u.id), array_agg(u.at),
                array_agg(jsonb_build_object('invoice_id', u.id, 'from', to_char(u.since AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'step', u.step)))
       FROM unnest(p_invoices, p_ats, p_froms, p_steps) AS u (id, at, since, step)
       JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = u.id AND i.amount_due > 0
      WHERE u.at IS NOT NULL
        AND NOT EXISTS (SELECT FROM collect.dunning d WHERE d.tenant_id = i.tenant_id AND d.invoice_id = i.id
                           AND d.state IN ('held', 'handed_over'))
     HAVING count(*) > 0;
END
$$;

GRANT EXECUTE ON FUNCTION collect.plan(uuid[], timestamptz[], timestamptz[], text[]) TO billfold_api, billfold_maild;
