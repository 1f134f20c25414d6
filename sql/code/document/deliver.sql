-- document.deliver(...): a mail about a document, asked for: once for each (document, step, recipient). Returns the
-- delivery's id, of the one that is there already where it is. The job sends it after this transaction.
-- requires: job.enqueue, job.emit
CREATE FUNCTION document.deliver(p_object text, p_document uuid, p_step text, p_template text, p_recipient text,
    p_recipient_name text DEFAULT NULL, p_data jsonb DEFAULT '{}', p_id uuid DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := coalesce(p_id, base.new_id());
    v_found uuid;
BEGIN
    INSERT INTO document.delivery (id, object, document_id, step, template, recipient, recipient_name, data)
    VALUES (v_id, p_object, p_document, p_step, p_template, p_recipient, p_recipient_name, coalesce(p_data, '{}'))
    ON CONFLICT ON CONSTRAINT delivery_document_id_step_recipient_key DO NOTHING;
    IF NOT FOUND THEN
        SELECT d.id INTO v_found FROM document.delivery d
         WHERE d.tenant_id = base.tenant_id() AND d.document_id = p_document AND d.step = p_step
           AND d.recipient = p_recipient;
        RETURN v_found;
    END IF;
    IF p_object = 'invoice' AND p_template = 'invoice' THEN
        UPDATE billing.invoice i SET delivery_status = 'queued'
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_document AND i.delivery_status <> 'queued';
        IF FOUND THEN
            PERFORM job.emit('invoice.updated', 'invoice', p_document, jsonb_build_object('delivery_status', 'queued'));
        END IF;
    END IF;
    PERFORM job.enqueue('send_document', 'delivery:' || v_id, jsonb_build_object('delivery_id', v_id));
    RETURN v_id;
END
$$;

GRANT EXECUTE ON FUNCTION document.deliver(text, uuid, text, text, text, text, jsonb, uuid) TO billfold_program;
