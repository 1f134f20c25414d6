-- document.viewings(invoice): the body of GET /v1/invoices/{id}/viewings. No row: there is no such invoice.
-- requires: base.instant
CREATE FUNCTION document.viewings(p_invoice uuid) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('data', coalesce((
               SELECT json_agg(json_build_object('delivery_id', w.delivery_id, 'channel', w.channel, 'agent', w.agent, 'times', w.times,
                          'first_at', base.instant(w.first_at), 'last_at', base.instant(w.last_at)) ORDER BY w.first_at, w.channel)
                 FROM document.delivery d
                 JOIN document.viewing w ON w.tenant_id = d.tenant_id AND w.delivery_id = d.id
                WHERE d.tenant_id = i.tenant_id AND d.document_id = i.id), '[]'::json))::text
      FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice
$$;

GRANT EXECUTE ON FUNCTION document.viewings(uuid) TO billfold_program;
