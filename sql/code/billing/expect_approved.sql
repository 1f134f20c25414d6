-- billing.expect_approved(drafts, needed, other): drafts that are about to be final have been approved (billing.approval_lacks). ZBAPR
-- where one has not. Approvals of what they said before go: those that a final document shows are those that it has become
-- final by.
-- requires: billing.approval_lacks, billing.content_digest
CREATE FUNCTION billing.expect_approved(p_id uuid[], p_needed integer[], p_other boolean[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_lacks text;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id) ORDER BY i.id FOR UPDATE;
    DELETE FROM billing.invoice_approval x WHERE x.tenant_id = base.tenant_id() AND x.invoice_id = ANY (p_id)
       AND x.digest <> billing.content_digest(x.invoice_id);
    SELECT l.detail INTO v_lacks FROM billing.approval_lacks(p_id, p_needed, p_other) l ORDER BY l.n LIMIT 1;
    IF FOUND THEN
        PERFORM base.raise('ZBAPR', v_lacks);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.expect_approved(uuid[], integer[], boolean[]) TO billfold_api, billfold_invoiced;
