-- base.stamp(generated columns): row trigger of every resource table: a stored change moves version and
-- updated_at, an update that changes nothing moves neither. A transaction is one change: a row that it has made or
-- moved already keeps the version that it has, so that versions follow each other without a gap, an event each.
-- Whatever the statement said of the two is overruled. Generated columns are named, because a BEFORE trigger meets
-- them empty in NEW: compared, they would make every update a change.
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
    -- The time besides the transaction's number: numbers come around, and old rows keep theirs.
    NEW.version := OLD.version + CASE WHEN OLD.xmin = pg_current_xact_id()::xid AND OLD.updated_at >= now() THEN 0
        ELSE 1 END;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END;
$$;
