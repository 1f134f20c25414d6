-- connect.inbound_add(...): a processor has told something: kept once by its own id, whoever told it first, and applied by a
-- job. What has no topic of ours is only kept; p_reason parks it. Returns whether it is new.
-- requires: job.enqueue
CREATE FUNCTION connect.inbound_add(p_id uuid, p_processor uuid, p_ref text, p_type text, p_topic text, p_object_ref text,
    p_charge_ref text, p_subject text, p_happened_at timestamptz, p_source text, p_body_sha256 text, p_reason text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_state text := CASE WHEN p_topic = 'none' THEN 'ignored' WHEN p_reason IS NOT NULL THEN 'parked' ELSE 'received' END;
BEGIN
    INSERT INTO connect.inbound_event (id, processor_id, ref, type, topic, object_ref, charge_ref, subject, happened_at,
        source, body_sha256, state, reason)
    VALUES (p_id, p_processor, p_ref, p_type, p_topic, p_object_ref, p_charge_ref, p_subject, p_happened_at,
        p_source, p_body_sha256, v_state, p_reason)
    ON CONFLICT ON CONSTRAINT inbound_event_ref_key DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF v_state = 'received' THEN
        PERFORM job.enqueue('processor_event', 'event:' || p_id, jsonb_build_object('event_id', p_id));
    END IF;
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION connect.inbound_add(uuid, uuid, text, text, text, text, text, text, timestamptz, text, text, text)
    TO billfold_api, billfold_paymentd;
