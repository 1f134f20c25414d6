-- catalog.guard_version(): what a plan was from a day on stays: a version is archived and restored, and nothing else of it moves;
-- its charges and prices come with it, and neither change nor go.
CREATE OR REPLACE FUNCTION catalog.guard_version() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_moving CONSTANT text[] := '{version,updated_at,archived_at}';
BEGIN
    IF TG_TABLE_NAME = 'plan_version' AND TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - v_moving = to_jsonb(OLD) - v_moving THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        -- The version was made in this transaction.
        IF EXISTS (SELECT FROM catalog.plan_version v
                    WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.plan_version_id AND v.created_at = now()) THEN
            RETURN NEW;
        END IF;
    END IF;
    PERFORM base.raise('ZBFIN', 'A version of a plan does not change: make a new one.');
    RETURN NULL;
END
$$;

-- Named to come before the stamp: a refused change is not stamped.
CREATE OR REPLACE TRIGGER guard_change BEFORE UPDATE OR DELETE ON catalog.plan_version
    FOR EACH ROW EXECUTE FUNCTION catalog.guard_version();
CREATE OR REPLACE TRIGGER guard_change BEFORE INSERT OR UPDATE OR DELETE ON catalog.plan_charge
    FOR EACH ROW EXECUTE FUNCTION catalog.guard_version();
CREATE OR REPLACE TRIGGER guard_change BEFORE INSERT OR UPDATE OR DELETE ON catalog.plan_price
    FOR EACH ROW EXECUTE FUNCTION catalog.guard_version();
