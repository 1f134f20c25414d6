-- meta.key_is_fixed(): row trigger of custom_field: resource, key and type never change; filters, rules
-- and exports name them.
CREATE OR REPLACE FUNCTION meta.key_is_fixed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM base.raise('ZB409', 'The key of a custom field, its resource and its type never change.', '/key',
        'read_only');
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER key_is_fixed BEFORE UPDATE OF key, resource, type ON meta.custom_field
    FOR EACH ROW WHEN (NEW.key <> OLD.key OR NEW.resource <> OLD.resource OR NEW.type <> OLD.type)
    EXECUTE FUNCTION meta.key_is_fixed();
