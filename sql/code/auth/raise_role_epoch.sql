-- auth.raise_role_epoch(): statement trigger of role_permission: a role that permits other things than
-- before ends the sessions and tokens of those who have it.
CREATE OR REPLACE FUNCTION auth.raise_role_epoch() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE auth.app_user u SET epoch = u.epoch + 1
     WHERE (u.tenant_id, u.role_id) IN (SELECT c.tenant_id, c.role_id FROM changed_rows c);
    UPDATE auth.client u SET epoch = u.epoch + 1
     WHERE (u.tenant_id, u.role_id) IN (SELECT c.tenant_id, c.role_id FROM changed_rows c);
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER raise_role_epoch_insert AFTER INSERT ON auth.role_permission
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION auth.raise_role_epoch();
CREATE OR REPLACE TRIGGER raise_role_epoch_delete AFTER DELETE ON auth.role_permission
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION auth.raise_role_epoch();
