-- crm.guard_deal_stage(): completes where a deal stands: a deal without a pipeline goes to the tenant's first,
-- one without a stage, or moved to another pipeline, to the first stage; entering a stage is stamped.
CREATE OR REPLACE FUNCTION crm.guard_deal_stage() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.pipeline_id IS NULL THEN
        NEW.pipeline_id := coalesce(
            (SELECT s.pipeline_id FROM crm.stage s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.stage_id),
            crm.default_pipeline());
    ELSIF TG_OP = 'UPDATE' AND NEW.pipeline_id <> OLD.pipeline_id AND NEW.stage_id = OLD.stage_id THEN
        NEW.stage_id := NULL;
    END IF;
    IF NEW.stage_id IS NULL THEN
        NEW.stage_id := crm.default_stage(NEW.pipeline_id);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.stage_id IS DISTINCT FROM OLD.stage_id THEN
        NEW.stage_entered_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
