-- billing.door_due(): tenants that billing.run_watch should look at: a run is at work there for long, or the earliest bill date, or
-- try of what is parked, has no run planned for it. A door: runs without a tenant and gives away ids only. Three looks into an index a tenant.
CREATE OR REPLACE FUNCTION billing.door_due() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id
      FROM tenant.tenant t
     WHERE t.state = 'active'
       AND (EXISTS (SELECT FROM billing.billing_run r
                     WHERE r.tenant_id = t.id AND r.state = 'running' AND r.started_at < now() - interval '30 seconds')
         OR EXISTS (SELECT FROM (SELECT s.next_bill_on FROM billing.subscription s
                                  WHERE s.tenant_id = t.id AND s.next_bill_on IS NOT NULL AND s.parked_at IS NULL
                                  ORDER BY s.next_bill_on LIMIT 1) f
                     WHERE NOT EXISTS (SELECT FROM job.schedule c
                            WHERE c.tenant_id = t.id AND c.kind = 'billing_run' AND c.key = 'due'
                              AND c.due_at <= greatest(f.next_bill_on + interval '12 hours',
                                  coalesce(t.business_at, now()) + interval '1 hour')))
         OR EXISTS (SELECT FROM billing.subscription_retry r
                     WHERE r.tenant_id = t.id AND r.retry_at < coalesce(t.business_at, now()) - interval '2 hours'))
$$;

ALTER FUNCTION billing.door_due() OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION billing.door_due() TO billfold_invoiced;
