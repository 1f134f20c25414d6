-- crm.guard_account_tree(): an account is never its own ancestor, and a payer is found within eight levels (crm.payer).
-- Two sessions that each make half of a cycle are serialised by a lock on the tenant's tree; accounts change
-- parents seldom.
CREATE OR REPLACE FUNCTION crm.guard_account_tree() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_above integer;
    v_below integer;
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
    IF NEW.bill_to = 'parent' THEN
        WITH RECURSIVE up AS (
            SELECT NEW.parent_id AS id, 1 AS level
            UNION ALL
            SELECT a.parent_id, up.level + 1
              FROM up JOIN crm.account a ON a.tenant_id = NEW.tenant_id AND a.id = up.id
             WHERE a.bill_to = 'parent' AND up.level < 9
        ), down AS (
            SELECT NEW.id, 0 AS level
            UNION ALL
            SELECT a.id, down.level + 1
              FROM down JOIN crm.account a ON a.tenant_id = NEW.tenant_id AND a.parent_id = down.id
             WHERE a.bill_to = 'parent' AND down.level < 9
        )
        SELECT (SELECT max(level) FROM up), (SELECT max(level) FROM down) INTO v_above, v_below;
        IF v_above + v_below > 8 THEN
            PERFORM base.raise('ZB422', 'The payer would be more than eight levels above.', '/bill_to', 'too_deep');
        END IF;
    END IF;
    RETURN NULL;
END
$$;
