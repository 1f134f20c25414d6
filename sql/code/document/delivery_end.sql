-- document.delivery_end(delivery, state, smtp code, reply): what became of a try: sent, bounced (refused for good) or unknown
-- (the server took it, or not: its answer was lost). An invoice's own delivery status follows. Of one that came
-- back before its answer did, nothing is taken back.
-- requires: document.delivery_failed, document.about, job.emit, crm.task_settle
CREATE FUNCTION document.delivery_end(p_id uuid, p_state text, p_code integer, p_reply text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v document.delivery;
    o record;
BEGIN
    IF p_state = 'bounced' THEN
        PERFORM document.delivery_failed(p_id, 'hard', NULL, p_code, p_reply);
        RETURN;
    END IF;
    UPDATE document.delivery d
       SET state = p_state, smtp_code = p_code, reply = left(p_reply, 500),
           sent_at = CASE p_state WHEN 'sent' THEN clock_timestamp() END
     WHERE d.tenant_id = v_tenant AND d.id = p_id AND d.state IN ('sending', 'unknown')
    RETURNING d.* INTO v;
    IF NOT FOUND OR p_state = 'unknown' THEN
        RETURN;
    END IF;
    SELECT * INTO o FROM document.about(v.object, v.document_id);
    PERFORM job.emit('delivery.' || p_state, 'delivery', v.id, o.ref || jsonb_build_object(
        'account_id', o.account_id, 'step', v.step, 'template', v.template, 'recipient', v.recipient));
    IF v.template = 'invoice' THEN
        UPDATE billing.invoice i SET delivery_status = 'sent', sent_at = coalesce(i.sent_at, clock_timestamp())
         WHERE i.tenant_id = v_tenant AND i.id = v.document_id
           AND (i.delivery_status <> 'sent' OR i.sent_at IS NULL);
        -- To a second recipient: the invoice has not changed, and the delivery has its own event.
        IF FOUND THEN
            PERFORM job.emit('invoice.sent', 'invoice', v.document_id, jsonb_build_object(
                'account_id', o.account_id, 'deal_id', o.deal_id, 'recipient', v.recipient));
        END IF;
    END IF;
    IF v.template IN ('invoice', 'subscription_renewal') THEN
        PERFORM crm.task_settle('delivery:' || v.document_id);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION document.delivery_end(uuid, text, integer, text) TO billfold_maild;
