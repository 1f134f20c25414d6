-- connect.poll_take(processor, seconds): the account is asked for its events now, and not again for so long by others.
-- No row: somebody else has just asked, or it is gone. since: from when on, where no event is known yet. account_ref: what the
-- processor calls the account, NULL where that was never told.
CREATE FUNCTION connect.poll_take(p_processor uuid, p_seconds integer)
RETURNS TABLE (kind text, api_key_sealed text, live boolean, polled_event text, since_s bigint, account_ref text)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO connect.processor_health (processor_id)
    SELECT p.id FROM connect.processor p WHERE p.tenant_id = base.tenant_id() AND p.id = p_processor AND p.archived_at IS NULL
    ON CONFLICT DO NOTHING;
    UPDATE connect.processor_health h SET polled_at = clock_timestamp()
     WHERE h.tenant_id = base.tenant_id() AND h.processor_id = p_processor
       AND coalesce(h.polled_at, '-infinity') < clock_timestamp() - make_interval(secs => p_seconds);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.kind, p.api_key_sealed, p.mode = 'live', h.polled_event, floor(extract(epoch FROM p.created_at))::bigint, h.account_ref
      FROM connect.processor p
      JOIN connect.processor_health h ON h.tenant_id = p.tenant_id AND h.processor_id = p.id
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_processor;
END
$$;

GRANT EXECUTE ON FUNCTION connect.poll_take(uuid, integer) TO billfold_paymentd;
