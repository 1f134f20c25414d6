-- document.pay_link_next(invoice): the generation of the link that an invoice's payer may be given: the one that works, or a new one
-- where none does. Raises ZB404, and ZBSTA for a document that asks for nothing: a draft, a void one.
CREATE FUNCTION document.pay_link_next(p_invoice uuid) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_status text;
    v_link document.pay_link;
BEGIN
    SELECT i.status INTO v_status FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v_status IN ('draft', 'pending_approval', 'void') THEN
        PERFORM base.raise('ZBSTA', format('An invoice that is %s has no page.', v_status), '/status', 'wrong_state');
    END IF;
    SELECT * INTO v_link FROM document.pay_link l
     WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = p_invoice ORDER BY l.generation DESC LIMIT 1;
    RETURN CASE WHEN v_link.generation IS NULL THEN 1
                WHEN v_link.revoked_at IS NULL AND v_link.expires_at > now() THEN v_link.generation
                ELSE v_link.generation + 1 END;
END
$$;

GRANT EXECUTE ON FUNCTION document.pay_link_next(uuid) TO billfold_api, billfold_maild;
