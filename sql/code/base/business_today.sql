-- base.business_today(): the civil day of business time in the tenant's zone, or in the one named
-- (an account's or entity's billing time zone).
-- phase: kernel
-- requires: base.business_now
CREATE OR REPLACE FUNCTION base.business_today(zone text DEFAULT NULL) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT (base.business_now() AT TIME ZONE
            coalesce($1, NULLIF(current_setting('app.zone', true), ''), 'UTC'))::date
$$;

GRANT EXECUTE ON FUNCTION base.business_today(text) TO billfold_program;
