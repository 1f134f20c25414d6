-- audit.deny(action, object, object_id, detail): a refusal in the trail, in a transaction of its own:
-- that of the refused act is rolled back. Returns the row's id.
-- Owned by billfold_audit, which may insert into the trail and nothing else.
-- requires: base.new_id
CREATE OR REPLACE FUNCTION audit.deny(action text, object text, object_id uuid, detail jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid := base.new_id();
BEGIN
    INSERT INTO audit.entry (tenant_id, id, actor, actor_id, request_id, address, business_at,
            action, object, object_id, detail)
    VALUES (base.tenant_id(), v_id, NULLIF(current_setting('app.actor', true), ''),
            NULLIF(current_setting('app.actor_id', true), ''), NULLIF(current_setting('app.request', true), ''),
            NULLIF(current_setting('app.address', true), ''), base.business_now(),
            'denied:' || $1, $2, $3, $4);
    RETURN v_id;
END;
$$;

ALTER FUNCTION audit.deny(text, text, uuid, jsonb) OWNER TO billfold_audit;
GRANT EXECUTE ON FUNCTION audit.deny(text, text, uuid, jsonb) TO billfold_program;
