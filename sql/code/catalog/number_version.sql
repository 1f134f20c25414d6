-- catalog.number_version(): versions of a plan are numbered 1, 2, 3 …, under the plan's lock; an archived plan has no new ones. Whom a
-- version reaches is the tenant's choice where it does not say.
-- requires: catalog.version_reach
CREATE OR REPLACE FUNCTION catalog.number_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM catalog.plan p WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.plan_id AND p.archived_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'There is no such plan, or it is archived.', '/plan_id', 'not_found');
    END IF;
    SELECT coalesce(max(v.version_no), 0) + 1 INTO NEW.version_no
      FROM catalog.plan_version v WHERE v.tenant_id = NEW.tenant_id AND v.plan_id = NEW.plan_id;
    NEW.applies_to := catalog.version_reach(NEW.applies_to);
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER number_version BEFORE INSERT ON catalog.plan_version
    FOR EACH ROW EXECUTE FUNCTION catalog.number_version();
