-- crm.guard_account_tree(): an account is never its own ancestor. Two sessions that each make half of
-- a cycle are serialised by a lock on the tenant's tree; accounts change parents seldom.
CREATE OR REPLACE FUNCTION crm.guard_account_tree() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('crm.account_tree' || NEW.tenant_id, 0));
    IF EXISTS (
        WITH RECURSIVE up AS (
            SELECT NEW.parent_id AS id, 1 AS level
            UNION ALL
            SELECT a.parent_id, up.level + 1
              FROM up JOIN crm.account a ON a.tenant_id = NEW.tenant_id AND a.id = up.id
             WHERE a.parent_id IS NOT NULL AND up.level < 1000
        )
        SELECT 1 FROM up WHERE up.id = NEW.id
    ) THEN
        PERFORM base.raise('ZB422', 'The account would be its own ancestor.', '/parent_id', 'cycle');
    END IF;
    RETURN NULL;
END
$$;
