-- billing.draft_hold(invoice): locks a document that is about to be reviewed. ZB404, ZBSTA where it is final already.
CREATE FUNCTION billing.draft_hold(p_id uuid) RETURNS billing.invoice
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v.number IS NOT NULL THEN
        PERFORM base.raise('ZBSTA', format('The invoice is %s already.', v.status), '/status', 'wrong_state');
    END IF;
    RETURN v;
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_hold(uuid) TO billfold_api, billfold_invoiced;
