-- connect.door_poll(kind, seconds, limit): accounts of a kind of processor that were not asked for their events for so long, the
-- longest first. A door: runs without a tenant and gives away ids only.
CREATE FUNCTION connect.door_poll(p_kind text, p_seconds integer, p_limit integer)
RETURNS TABLE (tenant_id uuid, processor_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.tenant_id, p.id
      FROM connect.processor p
      LEFT JOIN connect.processor_health h ON h.tenant_id = p.tenant_id AND h.processor_id = p.id
     WHERE p.kind = p_kind AND p.archived_at IS NULL
       AND coalesce(h.polled_at, '-infinity') < clock_timestamp() - make_interval(secs => p_seconds)
       AND EXISTS (SELECT FROM tenant.tenant a WHERE a.tenant_id = p.tenant_id AND a.id = p.tenant_id AND a.state = 'active')
     ORDER BY h.polled_at NULLS FIRST
     LIMIT p_limit
$$;

ALTER FUNCTION connect.door_poll(text, integer, integer) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION connect.door_poll(text, integer, integer) TO billfold_paymentd;
