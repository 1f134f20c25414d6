-- connect.poll_end(processor, event): all events up to this one are kept; the next question goes on behind it. NULL: ask
-- from the beginning.
CREATE FUNCTION connect.poll_end(p_processor uuid, p_event text) RETURNS void
LANGUAGE sql AS $$
    UPDATE connect.processor_health h SET polled_event = p_event
     WHERE h.tenant_id = base.tenant_id() AND h.processor_id = p_processor
$$;

GRANT EXECUTE ON FUNCTION connect.poll_end(uuid, text) TO billfold_paymentd;
