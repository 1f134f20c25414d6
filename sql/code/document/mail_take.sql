-- document.mail_take(id, delivery, key, mail): what came back for a delivery, with its effect: a bounce marks the delivery as
-- failed. The same mail in another copy is nothing new, and so is the bounce of what has bounced. What was done: taken, known,
-- or none, where the tenant has no such delivery.
-- requires: document.delivery_failed, document.about, job.emit
CREATE FUNCTION document.mail_take(p_id uuid, p_delivery uuid, p_key text, p_mail jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v document.delivery;
    o record;
    v_kind text := p_mail ->> 'kind';
BEGIN
    SELECT d.* INTO v FROM document.delivery d WHERE d.tenant_id = v_tenant AND d.id = p_delivery;
    IF NOT FOUND THEN
        RETURN 'none';
    END IF;
    SELECT * INTO o FROM document.about(v.object, v.document_id);
    INSERT INTO document.mail (id, delivery_id, invoice_id, subscription_id, account_id, kind, message_key, message_id, sender, sender_name,
        subject, text, shortened, attachments, status, diagnostic, sent_at)
    VALUES (p_id, p_delivery, v.invoice_id, v.subscription_id, o.account_id, v_kind, p_key, p_mail ->> 'message_id', p_mail ->> 'sender',
        p_mail ->> 'sender_name', p_mail ->> 'subject', p_mail ->> 'text', (p_mail ->> 'shortened')::boolean,
        p_mail -> 'attachments', p_mail ->> 'status', p_mail ->> 'diagnostic', (p_mail ->> 'sent_at')::timestamptz)
    ON CONFLICT ON CONSTRAINT mail_message_key_key DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;
    PERFORM job.emit(CASE v_kind WHEN 'reply' THEN 'mail.replied' WHEN 'auto_reply' THEN 'mail.auto_replied'
            WHEN 'bounce' THEN 'mail.bounced' WHEN 'delay' THEN 'mail.delayed' ELSE 'mail.noticed' END,
        'mail', p_id, o.ref || jsonb_build_object('account_id', o.account_id, 'delivery_id', p_delivery,
            'kind', v_kind, 'sender', p_mail ->> 'sender', 'subject', p_mail ->> 'subject'));
    IF v_kind = 'bounce' THEN
        PERFORM document.delivery_failed(p_delivery, p_mail ->> 'class', p_mail ->> 'status', NULL,
            coalesce(p_mail ->> 'diagnostic', p_mail ->> 'status', 'returned by ' || (p_mail ->> 'sender')));
    END IF;
    RETURN 'taken';
END
$$;

GRANT EXECUTE ON FUNCTION document.mail_take(uuid, uuid, text, jsonb) TO billfold_maild;
