-- api.enter: the first statement of every transaction: whose data, who acts, on whose request, from
-- where, at which business time. Holds for this transaction alone.
-- Raises ZB401 when the tenant is absent or suspended, ZB411 when epoch (of the user or client whose id
-- actor_id is; negative: not asked) is no longer theirs or they are no longer active.
-- One index look-up for the tenant, one for the epoch.
CREATE OR REPLACE FUNCTION api.enter(tenant uuid, actor text, actor_id text, request_id text, epoch bigint,
    address text, OUT business_now timestamptz, OUT tenant_zone text, OUT sandbox boolean)
LANGUAGE plpgsql
AS $$
DECLARE
    v_found boolean;
    v_clock timestamptz;
BEGIN
    IF $2 IS NULL OR $2 = '' THEN
        PERFORM base.raise('ZB401', 'Nobody is acting.');
    END IF;
    PERFORM set_config('app.tenant', $1::text, true), set_config('app.actor', $2, true),
            set_config('app.actor_id', coalesce($3, ''), true), set_config('app.request', coalesce($4, ''), true),
            set_config('app.address', coalesce($6, ''), true);
    SELECT true, t.business_at, t.time_zone, t.sandbox INTO v_found, v_clock, tenant_zone, sandbox
      FROM tenant.tenant t
     WHERE t.tenant_id = $1 AND t.id = $1 AND t.state = 'active';
    IF v_found IS NULL THEN
        PERFORM base.raise('ZB401', 'The tenant does not exist or is suspended.');
    END IF;
    IF $5 >= 0 THEN
        IF $2 LIKE 'user:%' THEN
            v_found := EXISTS (SELECT FROM auth.app_user u
                                WHERE u.tenant_id = $1 AND u.id = $3::uuid AND u.epoch = $5 AND u.state = 'active');
        ELSIF $2 LIKE 'client:%' THEN
            v_found := EXISTS (SELECT FROM auth.client c
                                WHERE c.tenant_id = $1 AND c.id = $3::uuid AND c.epoch = $5 AND c.state = 'active');
        END IF;
        IF NOT v_found THEN
            PERFORM base.raise('ZB411', 'Rights have changed since sign-in; sign in again.');
        END IF;
    END IF;
    PERFORM set_config('app.zone', tenant_zone, true), set_config('app.business', coalesce(v_clock::text, ''), true);
    business_now := coalesce(v_clock, now());
END;
$$;

GRANT EXECUTE ON FUNCTION api.enter(uuid, text, text, text, bigint, text) TO billfold_program;
