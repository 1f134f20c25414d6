-- crm.deal_lose_refusals(ids): a row for each of these deals that cannot be lost.
CREATE OR REPLACE FUNCTION crm.deal_lose_refusals(p_ids uuid[])
RETURNS TABLE (id uuid, sqlstate text, detail text, pointer text)
LANGUAGE sql STABLE AS $$
    SELECT w.id, CASE WHEN d.id IS NULL THEN 'ZB404' ELSE 'ZBSTA' END,
           CASE WHEN d.id IS NULL THEN 'There is no such deal.' ELSE 'The deal is not open: reopen it first.' END,
           CASE WHEN d.id IS NOT NULL THEN '/state' END
      FROM unnest(p_ids) AS w (id)
      LEFT JOIN LATERAL (SELECT x.* FROM crm.deal x WHERE x.tenant_id = base.tenant_id() AND x.id = w.id OFFSET 0) d ON true
     WHERE d.id IS NULL OR d.state <> 'open' OR d.archived_at IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION crm.deal_lose_refusals(uuid[]) TO billfold_program;
