-- auth.ask_reset(tenant_slug, email, request_id, address): asks the mail worker for a reset link, where an
-- active user has that address; writes a refusal into the trail where none has, so that both leave a
-- row and take as long. The worker makes the link itself: no token waits in a job.
-- requires: auth.door_login, tenant.door_slug, api.enter, job.enqueue, audit.deny
CREATE OR REPLACE FUNCTION auth.ask_reset(tenant_slug text, email text, request_id text, address text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_tenant uuid;
    v_user uuid;
BEGIN
    SELECT d.tenant_id, d.user_id INTO v_tenant, v_user FROM auth.door_login($1, $2) d;
    IF v_tenant IS NULL THEN
        SELECT d INTO v_tenant FROM tenant.door_slug($1) d;
        IF v_tenant IS NULL THEN
            RETURN;
        END IF;
    END IF;
    PERFORM api.enter(v_tenant, 'link:reset', NULL, $3, -1, $4);
    IF EXISTS (SELECT FROM auth.app_user u WHERE u.tenant_id = v_tenant AND u.id = v_user AND u.state = 'active'
                  AND u.archived_at IS NULL) THEN
        PERFORM job.enqueue('send_link', 'reset:' || base.new_id()::text,
                            jsonb_build_object('user_id', v_user, 'purpose', 'reset'));
    ELSE
        PERFORM audit.deny('password.reset', 'auth.app_user', NULL,
                           jsonb_build_object('detail', 'No active user has this address.'));
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.ask_reset(text, text, text, text) TO billfold_api;
