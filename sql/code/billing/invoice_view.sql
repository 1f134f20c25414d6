-- billing.invoice_view: an invoice as the API shows it: its content (billing.invoice_content_view), and what other documents and people
-- have added. Each further sub-select costs every reader the start of a plan: what few documents have is a function that is called for those.
-- requires: base.instant, billing.invoice_content_view, billing.line_left, billing.links, billing.content_digest
CREATE VIEW billing.invoice_view WITH (security_invoker = true) AS
SELECT v.*,
    CASE WHEN v.number IS NOT NULL AND v.payable > 0 THEN
        (SELECT coalesce(json_agg(json_build_object('line_id', l.id, 'net', k.net, 'tax', k.tax, 'amount', k.net + k.tax)
                    ORDER BY l.position), '[]')
           FROM billing.invoice_line l
           JOIN billing.line_left(v.id) k ON k.line_id = l.id
          WHERE l.tenant_id = v.tenant_id AND l.invoice_id = v.id AND (k.net, k.tax) <> (0, 0))
        ELSE '[]' END AS creditable,
    CASE WHEN EXISTS (SELECT FROM billing.invoice_link x WHERE x.tenant_id = v.tenant_id AND x.from_id = v.id)
           OR EXISTS (SELECT FROM billing.invoice_link x WHERE x.tenant_id = v.tenant_id AND x.to_id = v.id)
        THEN billing.links(v.id) ELSE '[]' END AS links,
    (SELECT coalesce(json_agg(json_build_object('actor', p.actor, 'actor_id', p.actor_id, 'approved_at', base.instant(p.approved_at),
                'holds', CASE WHEN v.number IS NULL THEN p.digest = billing.content_digest(v.id) END) ORDER BY p.approved_at, p.id), '[]')
       FROM billing.invoice_approval p WHERE p.tenant_id = v.tenant_id AND p.invoice_id = v.id) AS approvals
FROM billing.invoice_content_view v;

GRANT SELECT ON billing.invoice_view TO billfold_program;
