-- billing.approval_lacks(drafts, needed, other): which of these drafts, by their places, have not been approved, as they are, by so many
-- people who did not write them, and why; other: by one at least who is not acting now.
-- requires: billing.content_digest
CREATE FUNCTION billing.approval_lacks(p_id uuid[], p_needed integer[], p_other boolean[])
RETURNS TABLE (n bigint, detail text)
LANGUAGE sql STABLE AS $$
    SELECT w.n, format('The draft takes %s approval(s) of people who did not write it%s; as it is now it has %s.', w.needed,
               CASE WHEN w.other THEN ', one of them not yours' ELSE '' END, x.have)
      FROM unnest(p_id, p_needed, p_other) WITH ORDINALITY AS w (id, needed, other, n)
      JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = w.id
     CROSS JOIN LATERAL (
           SELECT count(*) AS have, count(*) FILTER (WHERE a.actor <> current_setting('app.actor', true)) AS others
             FROM billing.invoice_approval a
            WHERE a.tenant_id = i.tenant_id AND a.invoice_id = i.id AND a.actor <> i.author
              AND a.digest = billing.content_digest(i.id)) x
     WHERE x.have < w.needed OR (w.other AND x.others = 0)
$$;

GRANT EXECUTE ON FUNCTION billing.approval_lacks(uuid[], integer[], boolean[]) TO billfold_program;
