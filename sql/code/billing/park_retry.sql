-- billing.park_retry(resource, id): an account, a contact, a location or a subscription has changed: what is parked of it, and of those that it pays
-- for, is tried again after this transaction, but for what waits to be released.
-- requires: crm.payer, job.enqueue
CREATE FUNCTION billing.park_retry(p_resource text, p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_account uuid := CASE p_resource WHEN 'account' THEN p_id
        WHEN 'contact' THEN (SELECT c.account_id FROM crm.contact c WHERE c.tenant_id = v_tenant AND c.id = p_id)
        WHEN 'location' THEN (SELECT l.account_id FROM crm.location l WHERE l.tenant_id = v_tenant AND l.id = p_id) END;
BEGIN
    UPDATE billing.subscription_retry r SET retry_at = base.business_now()
      FROM billing.subscription s
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
     WHERE r.tenant_id = v_tenant AND r.retry_at > base.business_now()
       AND s.tenant_id = r.tenant_id AND s.id = r.subscription_id AND s.parked_at IS NOT NULL
       AND CASE WHEN v_account IS NULL THEN s.id = p_id
                ELSE s.account_id = v_account OR (a.bill_to <> 'self' AND crm.payer(a.id) = v_account) END;
    IF FOUND THEN
        PERFORM job.enqueue('billing_run', format('mended:%s@%s', pg_current_xact_id(), extract(epoch FROM now())));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.park_retry(text, uuid) TO billfold_api, billfold_invoiced;
