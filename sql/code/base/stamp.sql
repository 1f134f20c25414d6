-- base.stamp(): row trigger of every resource table: a stored change moves version and updated_at,
-- an update that changes nothing moves neither. Whatever the statement said of the two is overruled.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.stamp() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW *<> OLD THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END;
$$;
