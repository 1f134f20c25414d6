-- document.delivery_failed(delivery, class, status, code, reason): a mail was refused, or came back. The first news of it counts.
-- Where the document was sent again since, that is all: what is told is past. Else its owner has one task; and where nobody else
-- has got the same, an invoice is `bounced` and the mail goes to another billing contact of who pays, if there is one.
-- Whether it was the news.
-- requires: document.deliver, document.about, job.emit, crm.task_raise
CREATE FUNCTION document.delivery_failed(p_id uuid, p_class text, p_status text, p_code integer, p_reason text)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v document.delivery;
    o record;
    v_other crm.contact;
BEGIN
    UPDATE document.delivery d
       SET state = 'bounced', bounced_at = clock_timestamp(), bounce_class = p_class, bounce_status = p_status,
           smtp_code = coalesce(p_code, d.smtp_code), reply = left(p_reason, 500)
     WHERE d.tenant_id = v_tenant AND d.id = p_id AND d.state IN ('sending', 'unknown', 'sent')
    RETURNING d.* INTO v;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Whoever sends it again at this moment waits here, or is waited for.
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = v_tenant AND i.id = v.invoice_id FOR UPDATE;
    SELECT * INTO o FROM document.about(v.object, v.document_id);
    PERFORM job.emit('delivery.bounced', 'delivery', v.id, o.ref || jsonb_build_object(
        'account_id', o.account_id, 'step', v.step, 'template', v.template, 'recipient', v.recipient,
        'class', p_class, 'status', p_status));
    IF EXISTS (SELECT FROM document.delivery d WHERE d.tenant_id = v_tenant AND d.document_id = v.document_id AND d.id > v.id
                  AND d.template = v.template AND d.step <> v.step
                  AND d.state IN ('queued', 'sending', 'unknown', 'sent')) THEN
        RETURN true;
    END IF;
    PERFORM crm.task_raise(base.new_id(), 'delivery:' || v.document_id, 'delivery_failed',
        left('Mail refused: ' || o.name, 200),
        format('The mail to %s was refused%s: %s', v.recipient,
            CASE p_class WHEN 'soft' THEN ' for now; it may be sent again' ELSE '' END, coalesce(p_reason, 'no reason given')),
        base.business_today(), o.owner_id, o.account_id, o.deal_id, v.invoice_id);
    IF EXISTS (SELECT FROM document.delivery d WHERE d.tenant_id = v_tenant AND d.document_id = v.document_id
                  AND d.template = v.template AND d.step = v.step AND d.state IN ('queued', 'sending', 'unknown', 'sent')) THEN
        RETURN true;
    END IF;
    IF v.template = 'invoice' THEN
        UPDATE billing.invoice i SET delivery_status = 'bounced'
         WHERE i.tenant_id = v_tenant AND i.id = v.document_id AND i.delivery_status <> 'bounced';
        IF FOUND THEN
            PERFORM job.emit('invoice.bounced', 'invoice', v.document_id, jsonb_build_object(
                'account_id', o.account_id, 'deal_id', o.deal_id, 'recipient', v.recipient));
        END IF;
    END IF;
    SELECT c.* INTO v_other FROM crm.contact c
     WHERE c.tenant_id = v_tenant AND c.account_id = o.payer_id AND c.archived_at IS NULL
       AND 'billing' = ANY (c.roles) AND c.email IS NOT NULL
       AND NOT EXISTS (SELECT FROM document.delivery d WHERE d.tenant_id = v_tenant AND d.document_id = v.document_id
                          AND lower(d.recipient) = lower(c.email) AND d.template = v.template)
     ORDER BY c.id LIMIT 1;
    IF FOUND THEN
        PERFORM document.deliver(v.object, v.document_id, v.step, v.template, v_other.email, v_other.name, v.data);
    END IF;
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION document.delivery_failed(uuid, text, text, integer, text) TO billfold_maild;
