-- base.tenant_id(): the tenant of this transaction, or NULL where none was entered.
-- After a transaction that set it, the setting is '' and not NULL.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.tenant_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('app.tenant', true), '')::uuid $$;

GRANT EXECUTE ON FUNCTION base.tenant_id() TO billfold_program, billfold_audit, billfold_door, billfold_search;
