-- connect.inbound_take(event): an event that is to be applied, with the account that told it.
CREATE FUNCTION connect.inbound_take(p_event uuid)
RETURNS TABLE (state text, topic text, object_ref text, charge_ref text, subject text, processor_id uuid, kind text,
    api_key_sealed text, live boolean)
LANGUAGE sql STABLE AS $$
    SELECT e.state, e.topic, e.object_ref, e.charge_ref, e.subject, p.id, p.kind, p.api_key_sealed, p.mode = 'live'
      FROM connect.inbound_event e
      JOIN connect.processor p ON p.tenant_id = e.tenant_id AND p.id = e.processor_id
     WHERE e.tenant_id = base.tenant_id() AND e.id = p_event
$$;

GRANT EXECUTE ON FUNCTION connect.inbound_take(uuid) TO billfold_paymentd;
