-- api.expect_version(table, id, version): locks the row and holds the caller to what they have seen:
-- ZB404 where there is no such row in this tenant, ZB412 where its version is another. A version of
-- NULL asks for the row alone.
CREATE OR REPLACE FUNCTION api.expect_version(tbl regclass, id uuid, version bigint) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_version bigint;
BEGIN
    -- regclass prints as a quoted, qualified name.
    EXECUTE format('SELECT version FROM %s WHERE tenant_id = base.tenant_id() AND id = $1 FOR NO KEY UPDATE', $1)
       INTO v_version USING $2;
    IF v_version IS NULL THEN
        PERFORM base.raise('ZB404', 'No such record.');
    ELSIF v_version <> $3 THEN
        PERFORM base.raise('ZB412', 'The record has changed since it was read.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION api.expect_version(regclass, uuid, bigint) TO billfold_program;
