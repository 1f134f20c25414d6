-- crm.timeline(accounts, objects, types, from, to, before, before_id, limit): what happened to these customers, newest
-- first by business time: events of these kinds of objects and, where given, of these types, in [from, to), before
-- a place in the history. Each customer and kind is walked by its own stretch of the index, so that
-- a page costs the same however long the history is.
-- requires: base.instant, crm.timeline_view
CREATE OR REPLACE FUNCTION crm.timeline(p_accounts uuid[], p_objects text[], p_types text[], p_from timestamptz,
    p_to timestamptz, p_before timestamptz, p_before_id uuid, p_limit integer)
RETURNS TABLE (at timestamptz, event_id uuid, entry text)
LANGUAGE sql STABLE AS $$
    SELECT k.business_at, k.id, row_to_json(r)::text
      FROM (SELECT w.business_at, w.id
              FROM unnest(p_accounts) AS a (id)
             CROSS JOIN unnest(p_objects) AS o (name)
             CROSS JOIN LATERAL (
                    SELECT e.business_at, e.id FROM job.event e
                     WHERE e.tenant_id = base.tenant_id() AND e.account_id = a.id AND e.object = o.name
                       AND e.business_at >= coalesce(p_from, '-infinity') AND e.business_at < coalesce(p_to, 'infinity')
                       AND (e.business_at, e.id) < (p_before, p_before_id)
                       AND (p_types IS NULL OR e.type = ANY (p_types) OR e.also && p_types)
                     ORDER BY e.business_at DESC, e.id DESC LIMIT p_limit) w
             ORDER BY w.business_at DESC, w.id DESC LIMIT p_limit) k
      JOIN crm.timeline_view v ON v.tenant_id = base.tenant_id() AND v.event_id = k.id
     CROSS JOIN LATERAL (SELECT v.event_id, base.instant(v.business_at) AS business_at, v.type, v.also, v.object, v.id, v.account_id, v.version,
                                v.actor, v.payload, v.subject) r
     ORDER BY k.business_at DESC, k.id DESC
$$;

GRANT EXECUTE ON FUNCTION crm.timeline(uuid[], text[], text[], timestamptz, timestamptz, timestamptz, uuid, integer)
    TO billfold_program;
