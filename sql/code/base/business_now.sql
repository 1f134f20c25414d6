-- base.business_now(): the tenant's business time: a sandbox tenant's clock where one is set, else
-- the start of this transaction. Set by api.enter.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.business_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(NULLIF(current_setting('app.business', true), '')::timestamptz, now()) $$;

GRANT EXECUTE ON FUNCTION base.business_now() TO billfold_program, billfold_audit;
