-- tenant.expect_clock(at): raises unless the tenant is a sandbox whose clock may be set to that instant: what
-- tenant.set_clock will say, said when it is asked for.
CREATE OR REPLACE FUNCTION tenant.expect_clock(at timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_sandbox boolean;
    v_clock timestamptz;
BEGIN
    SELECT t.sandbox, coalesce(t.business_at, now()) INTO v_sandbox, v_clock
      FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id();
    IF NOT v_sandbox THEN
        PERFORM base.raise('ZBSTA', 'Only a sandbox tenant has a clock that can be set.');
    ELSIF $1 < v_clock THEN
        PERFORM base.raise('ZB422', format('The clock stands at %s and never goes back.',
            to_char(v_clock AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), '/to', 'out_of_range');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION tenant.expect_clock(timestamptz) TO billfold_api;
