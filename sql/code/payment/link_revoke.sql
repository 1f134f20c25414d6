-- payment.link_revoke(invoice): the links of an invoice lead nowhere from now on. Raises ZB404.
-- requires: document.pay_link_revoke
CREATE OR REPLACE FUNCTION payment.link_revoke(p_invoice uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    END IF;
    PERFORM document.pay_link_revoke(p_invoice);
    PERFORM audit.note('pay_link_revoked', 'invoice', p_invoice, NULL);
END
$$;

GRANT EXECUTE ON FUNCTION payment.link_revoke(uuid) TO billfold_api;
