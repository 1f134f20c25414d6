-- billing.send_invoice(invoice): a final document goes out by mail to its contact and to the account's other billing
-- contacts; to the contact alone where the document names its own.
-- requires: document.send_invoice
CREATE FUNCTION billing.send_invoice(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    v_to record;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id FOR UPDATE;
    PERFORM document.send_invoice(p_id);
    IF v.contact_id IS NULL THEN
        FOR v_to IN
            SELECT min(c.email) AS email, min(c.name) AS name FROM crm.contact c
             WHERE c.tenant_id = v.tenant_id AND c.account_id = v.account_id AND c.archived_at IS NULL
               AND 'billing' = ANY (c.roles) AND c.email_norm <> lower(v.contact ->> 'email')
             GROUP BY c.email_norm ORDER BY min(c.id::text)
        LOOP
            PERFORM document.send_invoice(p_id, v_to.email, v_to.name);
        END LOOP;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.send_invoice(uuid) TO billfold_api, billfold_invoiced;
