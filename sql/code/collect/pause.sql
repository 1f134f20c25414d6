-- collect.pause(invoice, day): the plan of an active case stands still from this day on: there is nothing that may be charged.
-- requires: job.emit
CREATE OR REPLACE FUNCTION collect.pause(p_invoice uuid, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v uuid;
BEGIN
    UPDATE collect.dunning d SET paused_on = p_day
     WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice AND d.state = 'active' AND d.paused_on IS NULL
    RETURNING d.id INTO v;
    IF FOUND THEN
        PERFORM job.emit('dunning.updated', 'dunning', v, jsonb_build_object('invoice_id', p_invoice, 'state', 'active',
            'paused_on', p_day));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION collect.pause(uuid, date) TO billfold_paymentd;
