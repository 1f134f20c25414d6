-- tenant.set_clock(at): sets the sandbox tenant's business clock, never backwards; returns it. What
-- falls due by it is the caller's to run.
-- requires: job.emit
CREATE OR REPLACE FUNCTION tenant.set_clock(at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql
AS $$
DECLARE
    v_sandbox boolean;
    v_clock timestamptz;
BEGIN
    SELECT t.sandbox, coalesce(t.business_at, now()) INTO v_sandbox, v_clock
      FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such tenant.');
    ELSIF NOT v_sandbox THEN
        PERFORM base.raise('ZBSTA', 'Only a sandbox tenant has a clock that can be set.');
    ELSIF $1 IS NULL OR $1 < v_clock THEN
        PERFORM base.raise('ZB422', format('The clock stands at %s and never goes back.',
            to_char(v_clock AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), '/to', 'out_of_range');
    END IF;
    UPDATE tenant.tenant t SET business_at = $1 WHERE t.tenant_id = base.tenant_id();
    PERFORM set_config('app.business', $1::text, true);
    PERFORM job.emit('tenant.updated', 'tenant', base.tenant_id(), jsonb_build_object('business_at', $1));
    RETURN $1;
END;
$$;

GRANT EXECUTE ON FUNCTION tenant.set_clock(timestamptz) TO billfold_api, billfold_scheduler, billfold_admin;
