-- document.deliver_all(documents, recipients, names): mails of invoices that have just become final, a set of them, each to one recipient;
-- what document.deliver does for one at any time. The invoices say of themselves that they are queued.
-- requires: job.enqueue_all
CREATE FUNCTION document.deliver_all(p_documents uuid[], p_recipients text[], p_names text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_ids uuid[];
BEGIN
    WITH made AS (
        INSERT INTO document.delivery (id, object, document_id, step, template, recipient, recipient_name)
        SELECT base.new_id(), 'invoice', u.document, 'invoice', 'invoice', u.recipient, u.name
          FROM unnest(p_documents, p_recipients, p_names) AS u (document, recipient, name)
        RETURNING id)
    SELECT array_agg(m.id) INTO v_ids FROM made m;
    PERFORM job.enqueue_all('send_document', array_agg('delivery:' || w.id), array_agg(jsonb_build_object('delivery_id', w.id)))
       FROM unnest(v_ids) AS w (id) HAVING count(*) > 0;
END
$$;

GRANT EXECUTE ON FUNCTION document.deliver_all(uuid[], text[], text[]) TO billfold_program;
