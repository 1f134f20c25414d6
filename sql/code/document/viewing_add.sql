-- document.viewing_add(delivery, channel, agent): something of a delivery was looked at. Again within ten seconds is the same look.
-- Nothing where there is no such delivery, or the tenant does not want to know.
-- requires: document.tracks
CREATE FUNCTION document.viewing_add(p_delivery uuid, p_channel text, p_agent text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO document.viewing AS w (delivery_id, channel, agent)
    SELECT d.id, p_channel, p_agent FROM document.delivery d
     WHERE d.tenant_id = base.tenant_id() AND d.id = p_delivery AND document.tracks()
    ON CONFLICT ON CONSTRAINT viewing_pkey DO UPDATE SET times = w.times + 1, last_at = clock_timestamp()
     WHERE w.last_at < clock_timestamp() - interval '10 seconds'
$$;

GRANT EXECUTE ON FUNCTION document.viewing_add(uuid, text, text) TO billfold_api;
