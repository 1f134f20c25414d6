-- tenant.create: a tenant, its default entity (the seller) and the system roles. Enters the new tenant by
-- itself, so that it runs under the same policies as everything else, and leaves it entered for what
-- the caller adds: defaults of other schemas, the first user. The ids are made by the program.
CREATE OR REPLACE FUNCTION tenant.create(tenant uuid, entity uuid, slug text, name text, currency text,
    country text, time_zone text, locale text, sandbox boolean, actor text) RETURNS uuid
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config('app.tenant', $1::text, true), set_config('app.actor', $10, true),
            set_config('app.actor_id', '', true), set_config('app.zone', $7, true),
            set_config('app.business', '', true);
    IF NOT EXISTS (SELECT FROM base.currency c WHERE c.code = $5) THEN
        PERFORM base.raise('ZB422', format('%s is not a currency.', $5), '/currency', 'unknown');
    END IF;
    IF $6 IS NOT NULL AND NOT EXISTS (SELECT FROM base.country c WHERE c.code = $6) THEN
        PERFORM base.raise('ZB422', format('%s is not a country.', $6), '/country', 'unknown');
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = $7) THEN
        PERFORM base.raise('ZB422', format('%s is not a time zone.', $7), '/time_zone', 'unknown');
    END IF;
    INSERT INTO tenant.tenant (id, slug, name, currency, time_zone, locale, sandbox)
    VALUES ($1, $3, $4, $5, $7, $8, $9);
    INSERT INTO tenant.entity (id, name, legal_name, base_currency, address, time_zone)
    VALUES ($2, $4, $4, $5, jsonb_strip_nulls(jsonb_build_object('country', $6)), $7);
    UPDATE tenant.tenant t SET default_entity_id = $2 WHERE t.tenant_id = $1 AND t.id = $1;
    PERFORM auth.sync_roles($1);
    RETURN $1;
END;
$$;

GRANT EXECUTE ON FUNCTION tenant.create(uuid, uuid, text, text, text, text, text, text, boolean, text)
    TO billfold_admin;
