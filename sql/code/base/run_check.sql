-- base.run_check(name, limit): what one of base.checks() finds, so many rows at most, each with its tenant's
-- slug. For billfold_migrate, which sees every tenant.
-- requires: base.checks
CREATE OR REPLACE FUNCTION base.run_check(name text, max_rows integer)
RETURNS TABLE (tenant_id uuid, tenant text, table_name text, id text, finding text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM base.checks('') c WHERE c.name = $1) THEN
        PERFORM base.raise('ZB404', format('There is no check %s.', $1));
    END IF;
    RETURN QUERY EXECUTE format('SELECT f.tenant_id, t.slug, f.table_name, f.id, f.finding FROM %s() f'
        ' LEFT JOIN tenant.tenant t ON t.id = f.tenant_id LIMIT $1', to_regproc($1)) USING $2;
END;
$$;
