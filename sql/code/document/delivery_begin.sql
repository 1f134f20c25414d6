-- document.delivery_begin(delivery, message id): a try begins. One row with what the mail needs, or with the reason why there
-- is none: 'done' (sent, bounced, cancelled: now or before), 'wait' (its PDF is not made yet). With
-- 'send' the row is marked as sending; who finds it so later cannot know whether the mail went, and sends it under the
-- same Message-ID. The pay link is one that works: after a revocation, the next.
-- requires: document.tracks, document.still_to_mail, document.template_for, document.pay_link_next, billing.invoice_document
-- requires: billing.renewal_document
CREATE FUNCTION document.delivery_begin(p_id uuid, p_message_id text) RETURNS TABLE (verdict text, mail json)
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v document.delivery;
    v_file document.file;
    v_document json;
    v_locale text;
    v_template json;
    v_frame text;
BEGIN
    SELECT d.* INTO v FROM document.delivery d WHERE d.tenant_id = v_tenant AND d.id = p_id FOR UPDATE;
    IF NOT FOUND OR v.state IN ('sent', 'bounced', 'cancelled') THEN
        RETURN QUERY SELECT 'done', NULL::json;
        RETURN;
    END IF;
    IF NOT document.still_to_mail(v.object, v.document_id, v.template, v.data) THEN
        UPDATE document.delivery d SET state = 'cancelled', reply = 'no longer to be sent'
         WHERE d.tenant_id = v_tenant AND d.id = p_id;
        RETURN QUERY SELECT 'done', NULL::json;
        RETURN;
    END IF;
    IF v.template IN ('invoice', 'reminder') THEN
        SELECT f.* INTO v_file FROM document.file f
         WHERE f.tenant_id = v_tenant AND f.object_id = v.document_id AND f.object = v.object AND f.kind = 'pdf';
        IF NOT FOUND THEN
            RETURN QUERY SELECT 'wait', NULL::json;
            RETURN;
        END IF;
    END IF;
    IF v.object = 'subscription' THEN
        SELECT b.document INTO v_document FROM billing.renewal_document(v.document_id) b;
    ELSE
        SELECT b.document INTO v_document FROM billing.invoice_document(v.document_id) b;
    END IF;
    v_locale := coalesce(v_document ->> 'locale', 'en');
    SELECT to_json(t) INTO v_template FROM document.template_for(v.template, v_locale) t;
    SELECT t.html INTO v_frame FROM document.template_for('frame', v_locale) t;
    UPDATE document.delivery d
       SET state = 'sending', tries = d.tries + 1, message_id = coalesce(d.message_id, p_message_id)
     WHERE d.tenant_id = v_tenant AND d.id = p_id
    RETURNING d.* INTO v;
    RETURN QUERY SELECT 'send', json_build_object(
        'recipient', v.recipient, 'recipient_name', v.recipient_name, 'message_id', v.message_id, 'data', v.data,
        'object', v.object, 'invoice_id', v.invoice_id, 'tries', v.tries, 'document', v_document, 'template', v_template, 'frame', v_frame,
        'tracking', document.tracks(), 'link_generation', CASE v.object WHEN 'invoice' THEN document.pay_link_next(v.document_id) END,
        'overdue', (v_document ->> 'due_date')::date < base.business_today(),
        'file', CASE WHEN v_file.id IS NOT NULL THEN json_build_object('sha256', v_file.sha256, 'name', v_file.name) END,
        'references', (SELECT d.message_id FROM document.delivery d
            WHERE d.tenant_id = v_tenant AND d.document_id = v.document_id AND d.id <> v.id AND d.state = 'sent'
            ORDER BY d.sent_at LIMIT 1));
END
$$;

GRANT EXECUTE ON FUNCTION document.delivery_begin(uuid, text) TO billfold_maild;
