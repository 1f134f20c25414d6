-- billing.expect_approved(draft, needed, other): a draft that is about to be final has been approved, as it is, by so many
-- people who did not write it; other: by one at least who is not acting now. ZBAPR where it has not. Approvals of what
-- it said before go: those that a final document shows are those that it has become final by.
-- requires: billing.draft_hold, billing.content_digest
CREATE FUNCTION billing.expect_approved(p_id uuid, p_needed integer, p_other boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice := billing.draft_hold(p_id);
    v_have integer;
    v_others integer;
BEGIN
    DELETE FROM billing.invoice_approval x WHERE x.tenant_id = v.tenant_id AND x.invoice_id = p_id
       AND x.digest <> billing.content_digest(p_id);
    SELECT count(*), count(*) FILTER (WHERE x.actor <> current_setting('app.actor', true)) INTO v_have, v_others
      FROM billing.invoice_approval x
     WHERE x.tenant_id = v.tenant_id AND x.invoice_id = p_id AND x.actor <> v.author;
    IF v_have < p_needed OR (p_other AND v_others = 0) THEN
        PERFORM base.raise('ZBAPR', format('The draft takes %s approval(s) of people who did not write it%s; as it is now it has %s.',
            p_needed, CASE WHEN p_other THEN ', one of them not yours' ELSE '' END, v_have));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.expect_approved(uuid, integer, boolean) TO billfold_api, billfold_invoiced;
