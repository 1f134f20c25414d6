-- billing.invariant_series(): what is wrong with the numbers of any tenant; no row when all is well. In a series
-- and period they start at 1 and have neither gap nor double, the counter stands at the last, and they were given in the
-- order of finalizing and of issue dates. Voided documents keep theirs.
CREATE FUNCTION billing.invariant_series() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT i.tenant_id, 'billing.series', i.series_id::text,
           format('period %s: %s numbers, %s of them different, from %s to %s, counter at %s', i.series_period, count(*),
                  count(DISTINCT i.series_no), min(i.series_no), max(i.series_no), min(c.last_no))
      FROM billing.invoice i
      LEFT JOIN billing.series_counter c ON c.tenant_id = i.tenant_id AND c.series_id = i.series_id AND c.period = i.series_period
     WHERE i.series_no IS NOT NULL
     GROUP BY i.tenant_id, i.series_id, i.series_period
    HAVING count(*) <> count(DISTINCT i.series_no) OR min(i.series_no) <> 1 OR max(i.series_no) <> count(*)
        OR min(c.last_no) IS DISTINCT FROM max(i.series_no)
    UNION ALL
    SELECT c.tenant_id, 'billing.series', c.series_id::text, format('period %s: counter at %s, and no document', c.period, c.last_no)
      FROM billing.series_counter c
     WHERE c.last_no > 0 AND NOT EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = c.tenant_id
               AND i.series_id = c.series_id AND i.series_period = c.period AND i.series_no IS NOT NULL)
    UNION ALL
    SELECT o.tenant_id, 'billing.invoice', o.id::text,
           format('number %s was finalized at %s and issued %s, the number before it at %s and %s', o.number, o.finalized_at,
                  o.issue_date, o.finalized_before, o.issued_before)
      FROM (SELECT i.tenant_id, i.id, i.number, i.finalized_at, i.issue_date,
                   lag(i.finalized_at) OVER w AS finalized_before, lag(i.issue_date) OVER w AS issued_before
              FROM billing.invoice i WHERE i.series_no IS NOT NULL
            WINDOW w AS (PARTITION BY i.tenant_id, i.series_id, i.series_period ORDER BY i.series_no)) o
     WHERE o.finalized_at < o.finalized_before OR o.issue_date < o.issued_before
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text, format('%s has a status of %s', coalesce(i.number, 'a document without number'), i.status)
      FROM billing.invoice i WHERE (i.number IS NULL) <> (i.status IN ('draft', 'pending_approval'))
$$;

COMMENT ON FUNCTION billing.invariant_series() IS 'I3 numbers have no gap and no double, and stand in the order of finalizing';
