-- connect.inbound_end(event, state, reason): what became of an event: applied, or parked, because it is about nothing of
-- ours that we know.
CREATE FUNCTION connect.inbound_end(p_event uuid, p_state text, p_reason text) RETURNS void
LANGUAGE sql AS $$
    UPDATE connect.inbound_event e
       SET state = p_state, reason = p_reason, applied_at = CASE WHEN p_state = 'applied' THEN clock_timestamp() END
     WHERE e.tenant_id = base.tenant_id() AND e.id = p_event AND e.state IN ('received', 'parked')
$$;

GRANT EXECUTE ON FUNCTION connect.inbound_end(uuid, text, text) TO billfold_paymentd;
