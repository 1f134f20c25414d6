-- document.delivery_end(delivery, state, smtp code, reply): what became of a try: sent, bounced (refused for good) or unknown
-- (the server took it, or not: its answer was lost). The invoice's own delivery status follows; a mail that
-- is refused opens one task, and goes to another billing contact of the account where there is one.
-- requires: document.deliver, job.emit, crm.task_raise, crm.task_settle
CREATE FUNCTION document.delivery_end(p_id uuid, p_state text, p_code integer, p_reply text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v document.delivery;
    v_invoice billing.invoice;
    v_other crm.contact;
BEGIN
    UPDATE document.delivery d
       SET state = p_state, smtp_code = p_code, reply = left(p_reply, 500),
           sent_at = CASE p_state WHEN 'sent' THEN clock_timestamp() END
     WHERE d.tenant_id = v_tenant AND d.id = p_id AND d.state IN ('sending', 'unknown')
    RETURNING d.* INTO v;
    IF NOT FOUND OR v.object <> 'invoice' OR p_state = 'unknown' THEN
        RETURN;
    END IF;
    SELECT i.* INTO v_invoice FROM billing.invoice i WHERE i.tenant_id = v_tenant AND i.id = v.document_id;
    PERFORM job.emit('delivery.' || p_state, 'delivery', v.id, jsonb_build_object('invoice_id', v.document_id,
        'account_id', v_invoice.account_id, 'step', v.step, 'template', v.template, 'recipient', v.recipient));
    IF p_state = 'sent' THEN
        IF v.template = 'invoice' THEN
            UPDATE billing.invoice i SET delivery_status = 'sent', sent_at = coalesce(i.sent_at, clock_timestamp())
             WHERE i.tenant_id = v_tenant AND i.id = v.document_id
               AND (i.delivery_status <> 'sent' OR i.sent_at IS NULL);
            -- To a second recipient: the invoice has not changed, and the delivery has its own event.
            IF FOUND THEN
                PERFORM job.emit('invoice.sent', 'invoice', v.document_id, jsonb_build_object(
                    'account_id', v_invoice.account_id, 'deal_id', v_invoice.deal_id, 'recipient', v.recipient));
            END IF;
            PERFORM crm.task_settle('delivery:' || v.document_id);
        END IF;
        RETURN;
    END IF;
    IF v.template = 'invoice' THEN
        UPDATE billing.invoice i SET delivery_status = 'bounced'
         WHERE i.tenant_id = v_tenant AND i.id = v.document_id AND i.delivery_status <> 'bounced';
        IF FOUND THEN
            PERFORM job.emit('invoice.bounced', 'invoice', v.document_id, jsonb_build_object(
                'account_id', v_invoice.account_id, 'deal_id', v_invoice.deal_id, 'recipient', v.recipient));
        END IF;
    END IF;
    PERFORM crm.task_raise(base.new_id(), 'delivery:' || v.document_id, 'delivery_failed',
        left('Mail refused: ' || v_invoice.number, 200),
        format('The mail to %s was refused: %s', v.recipient, coalesce(p_reply, 'no reason given')),
        base.business_today(), v_invoice.owner_id, v_invoice.account_id, v_invoice.deal_id, v_invoice.id);
    SELECT c.* INTO v_other FROM crm.contact c
     WHERE c.tenant_id = v_tenant AND c.account_id = v_invoice.account_id AND c.archived_at IS NULL
       AND 'billing' = ANY (c.roles) AND c.email IS NOT NULL
       AND NOT EXISTS (SELECT FROM document.delivery d WHERE d.tenant_id = v_tenant AND d.document_id = v.document_id
                          AND lower(d.recipient) = lower(c.email) AND d.template = v.template)
     ORDER BY c.id LIMIT 1;
    IF FOUND THEN
        PERFORM document.deliver('invoice', v.document_id, v.step, v.template, v_other.email, v_other.name, v.data);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION document.delivery_end(uuid, text, integer, text) TO billfold_maild;
