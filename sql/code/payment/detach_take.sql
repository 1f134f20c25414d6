-- payment.detach_take(method): a method that was removed here and that its processor knows still. No row: it is forgotten.
CREATE FUNCTION payment.detach_take(p_method uuid)
RETURNS TABLE (processor text, processor_id uuid, api_key_sealed text, live boolean, token_sealed text)
LANGUAGE sql STABLE AS $$
    SELECT m.processor, m.processor_id, p.api_key_sealed, p.mode = 'live', m.detach_sealed
      FROM payment.method m
      JOIN connect.processor p ON p.tenant_id = m.tenant_id AND p.id = m.processor_id
     WHERE m.tenant_id = base.tenant_id() AND m.id = p_method AND m.detach_sealed IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION payment.detach_take(uuid) TO billfold_paymentd;
