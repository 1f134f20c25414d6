-- job.guard_event(): an event can be added to by the transaction that made it, and by none later.
CREATE OR REPLACE FUNCTION job.guard_event() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF OLD.txid <> pg_current_xact_id() THEN
        PERFORM base.raise('ZBFIN', 'An event does not change.');
    END IF;
    RETURN NEW;
END;
$$;

CREATE OR REPLACE TRIGGER guard_event BEFORE UPDATE ON job.event
    FOR EACH ROW EXECUTE FUNCTION job.guard_event();
