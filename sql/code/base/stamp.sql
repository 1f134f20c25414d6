-- base.stamp(generated columns): row trigger of every resource table: a stored change moves version and
-- updated_at, an update that changes nothing moves neither. Whatever the statement said of the two is
-- overruled. Generated columns are named, because a BEFORE trigger meets them empty in NEW: compared,
-- they would make every update a change.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.stamp() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_NARGS = 0 THEN
        IF NEW *= OLD THEN
            RETURN NEW;
        END IF;
    ELSIF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    NEW.version := OLD.version + 1;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END;
$$;
