-- document.still_to_mail(object, document, template): whether this mail still makes sense, asked in the transaction that is
-- about to send it: no reminder for what was paid, disputed, credited or voided meanwhile, none for what a person holds or has
-- taken over.
CREATE FUNCTION document.still_to_mail(p_object text, p_document uuid, p_template text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_object = 'invoice' AND EXISTS (
        SELECT FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_document AND i.number IS NOT NULL
           AND CASE p_template
               WHEN 'invoice' THEN i.status <> 'void'
               WHEN 'receipt' THEN i.paid > 0
               ELSE i.status IN ('open', 'partially_paid') AND i.amount_due > 0 AND i.dispute_status <> 'disputed'
                    AND NOT EXISTS (SELECT FROM collect.dunning d WHERE d.tenant_id = i.tenant_id AND d.invoice_id = i.id
                                       AND d.state IN ('held', 'handed_over')) END)
$$;

GRANT EXECUTE ON FUNCTION document.still_to_mail(text, uuid, text) TO billfold_program;
