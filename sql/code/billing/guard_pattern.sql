-- billing.guard_pattern(): no two series of a seller can come to give the same number, and a series whose counting
-- begins elsewhere than it stood does not give again what was given: every document after would be refused for its number. Of its
-- own group there is one series by its key: of two first documents at once the second meets that, and uses what the first has made.
-- requires: billing.series_shape, billing.series_group
CREATE OR REPLACE FUNCTION billing.guard_pattern() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_shape text := billing.series_shape(NEW.pattern);
BEGIN
    IF EXISTS (SELECT FROM billing.series s WHERE s.tenant_id = NEW.tenant_id AND s.entity_id = NEW.entity_id
                  AND s.series_group <> NEW.series_group AND billing.series_shape(s.pattern) = v_shape) THEN
        PERFORM base.raise('ZB409', 'Another series of this entity has numbers like these.', '/pattern', 'conflict');
    ELSIF EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = NEW.tenant_id AND i.entity_id = NEW.entity_id
                     AND i.number IS NOT NULL AND i.number ~ v_shape
                     AND (billing.series_group(i.kind) <> NEW.series_group OR TG_OP = 'UPDATE' AND NEW.reset <> OLD.reset)) THEN
        PERFORM base.raise('ZB409', 'Numbers like these were given already: take a pattern that differs.', '/pattern', 'conflict');
    END IF;
    RETURN NEW;
END
$$;
