-- document.send_invoice(invoice, recipient, name): the invoice goes out, to its contact where no recipient is named. A mail
-- that is still on its way is not doubled; after it has gone, another call sends the document again under a
-- step of its own. Where it came back from the contact's address and the contact has another one by now, it goes there. Raises ZBSTA for a draft or a void document, ZBCON without an address. Returns the delivery's id.
-- requires: document.deliver
CREATE FUNCTION document.send_invoice(p_invoice uuid, p_recipient text DEFAULT NULL, p_name text DEFAULT NULL,
    p_data jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v billing.invoice;
    v_recipient text;
    v_name text := p_name;
    v_id uuid;
    v_sent integer;
BEGIN
    -- Of two who send at once the second sees the first one's row.
    SELECT i.* INTO v FROM billing.invoice i WHERE i.tenant_id = v_tenant AND i.id = p_invoice FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v.number IS NULL OR v.status = 'void' THEN
        PERFORM base.raise('ZBSTA', format('An invoice that is %s is not sent.', v.status), '/status', 'wrong_state');
    END IF;
    v_recipient := coalesce(p_recipient, v.contact ->> 'email');
    IF p_recipient IS NULL THEN
        v_name := v.contact ->> 'name';
    END IF;
    IF p_recipient IS NULL AND EXISTS (SELECT FROM document.delivery d WHERE d.tenant_id = v_tenant
            AND d.document_id = p_invoice AND d.recipient = v_recipient AND d.state = 'bounced') THEN
        SELECT coalesce(c.email, v_recipient), CASE WHEN c.email IS NULL THEN v_name ELSE c.name END
          INTO v_recipient, v_name
          FROM (SELECT) x LEFT JOIN crm.contact c ON c.tenant_id = v_tenant AND c.archived_at IS NULL
           AND c.id = coalesce(v.contact_id, (v.contact ->> 'id')::uuid);
    END IF;
    IF v_recipient IS NULL THEN
        PERFORM base.raise('ZBCON', 'The invoice''s contact has no e-mail address.', '/to', 'required');
    END IF;
    SELECT d.id INTO v_id FROM document.delivery d
     WHERE d.tenant_id = v_tenant AND d.document_id = p_invoice AND d.template = 'invoice' AND d.recipient = v_recipient
       AND d.state IN ('queued', 'sending', 'unknown')
     ORDER BY d.id LIMIT 1;
    IF FOUND THEN
        RETURN v_id;
    END IF;
    SELECT count(*) INTO v_sent FROM document.delivery d
     WHERE d.tenant_id = v_tenant AND d.document_id = p_invoice AND d.template = 'invoice' AND d.recipient = v_recipient;
    RETURN document.deliver('invoice', p_invoice, CASE v_sent WHEN 0 THEN 'invoice' ELSE 'resend:' || v_sent END,
        'invoice', v_recipient, v_name, p_data);
END
$$;

GRANT EXECUTE ON FUNCTION document.send_invoice(uuid, text, text, jsonb) TO billfold_program;
