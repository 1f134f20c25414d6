-- connect.inbound_again(event): a parked event is looked at once more: perhaps what it is about is known by now.
-- requires: job.enqueue
CREATE FUNCTION connect.inbound_again(p_event uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE connect.inbound_event e SET state = 'received', reason = NULL
     WHERE e.tenant_id = base.tenant_id() AND e.id = p_event AND e.state = 'parked';
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM connect.inbound_event e WHERE e.tenant_id = base.tenant_id() AND e.id = p_event) THEN
            PERFORM base.raise('ZB404', 'There is no such event.');
        END IF;
        PERFORM base.raise('ZBSTA', 'Only a parked event is applied again.', '/state', 'wrong_state');
    END IF;
    PERFORM job.enqueue('processor_event', 'event:' || p_event || '@' || extract(epoch FROM clock_timestamp()),
        jsonb_build_object('event_id', p_event));
END
$$;

GRANT EXECUTE ON FUNCTION connect.inbound_again(uuid) TO billfold_api;
