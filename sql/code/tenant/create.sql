-- tenant.create: a tenant, its default entity, the system roles and its owner, who is invited. Enters
-- the new tenant by itself, so that it runs under the same policies as everything else. The ids are
-- made by the program.
-- requires: auth.sync_roles, crm.create_defaults, collect.create_defaults
CREATE OR REPLACE FUNCTION tenant.create(tenant uuid, entity uuid, owner uuid, slug text, name text,
    owner_email text, owner_name text, currency text, time_zone text, locale text, sandbox boolean, actor text)
RETURNS uuid
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config('app.tenant', $1::text, true), set_config('app.actor', $12, true),
            set_config('app.actor_id', '', true), set_config('app.zone', $9, true),
            set_config('app.business', '', true);
    IF NOT EXISTS (SELECT FROM base.currency c WHERE c.code = $8) THEN
        PERFORM base.raise('ZB422', format('%s is not a currency.', $8), '/currency', 'unknown');
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = $9) THEN
        PERFORM base.raise('ZB422', format('%s is not a time zone.', $9), '/time_zone', 'unknown');
    END IF;
    INSERT INTO tenant.tenant (id, slug, name, currency, time_zone, locale, sandbox)
    VALUES ($1, $4, $5, $8, $9, $10, $11);
    INSERT INTO tenant.entity (id, name, legal_name, base_currency, email)
    VALUES ($2, $5, $5, $8, $6);
    UPDATE tenant.tenant t SET default_entity_id = $2 WHERE t.tenant_id = $1 AND t.id = $1;
    PERFORM auth.sync_roles($1);
    INSERT INTO auth.app_user (id, email, name, role_id)
    SELECT $3, $6, $7, r.id FROM auth.role r WHERE r.tenant_id = $1 AND r.key = 'owner';
    PERFORM crm.create_defaults();
    PERFORM collect.create_defaults();
    RETURN $1;
END;
$$;

GRANT EXECUTE ON FUNCTION tenant.create(uuid, uuid, uuid, text, text, text, text, text, text, text, boolean, text)
    TO billfold_admin;
