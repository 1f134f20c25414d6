-- billing.skip_hold(subscription, date): a bill date whose draft was deleted is about to be billed: its subscription is kept for this transaction, as a run
-- keeps what is due. Empty where a document of a change has billed some of its days: what is left of them is for billing.skip_left. ZB404; ZBSTA where it
-- was not skipped, or has been billed since.
-- requires: billing.bill_parties_hold, billing.subscription_hold
CREATE FUNCTION billing.skip_hold(p_id uuid, p_on date) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription_skip;
BEGIN
    IF NOT billing.bill_parties_hold(ARRAY[p_id]) THEN
        PERFORM base.raise('ZB404', 'No such subscription.');
    END IF;
    PERFORM billing.subscription_hold(p_id);
    SELECT * INTO v FROM billing.subscription_skip k WHERE k.tenant_id = base.tenant_id() AND k.subscription_id = p_id AND k.period_start = p_on;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'No draft of this bill date was deleted, or it has been billed since.', '/period_start', 'wrong_state');
    END IF;
    IF EXISTS (SELECT FROM billing.invoice i
                 JOIN billing.invoice_line l ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id AND l.period_start < v.period_end
                  AND l.period_end > p_on AND l.net > 0
                WHERE i.tenant_id = v.tenant_id AND i.subscription_id = p_id AND i.period_start IS NULL AND i.status <> 'void')
    THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY[p_id];
END
$$;

GRANT EXECUTE ON FUNCTION billing.skip_hold(uuid, date) TO billfold_api, billfold_invoiced;
