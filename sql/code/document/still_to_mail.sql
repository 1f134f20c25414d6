-- document.still_to_mail(object, document, template, data): whether this mail still makes sense, asked in the transaction that is
-- about to send it: no reminder for what was paid, disputed, credited or voided meanwhile, or is being paid by a bank, none for what a person holds or has
-- taken over; of a term's end that the subscription still comes to as it was told, while the tenant wants that told.
-- requires: billing.mails_renewals
CREATE FUNCTION document.still_to_mail(p_object text, p_document uuid, p_template text, p_data jsonb DEFAULT '{}') RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE p_object WHEN 'invoice' THEN EXISTS (
        SELECT FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_document AND i.number IS NOT NULL
           AND CASE p_template
               WHEN 'invoice' THEN i.status <> 'void'
               WHEN 'receipt' THEN i.paid > 0
               ELSE i.status IN ('open', 'partially_paid') AND i.amount_due > 0 AND i.dispute_status <> 'disputed' AND i.amount_processing = 0
                    AND NOT EXISTS (SELECT FROM collect.dunning d WHERE d.tenant_id = i.tenant_id AND d.invoice_id = i.id
                                       AND d.state IN ('held', 'handed_over')) END)
    WHEN 'subscription' THEN billing.mails_renewals() AND EXISTS (
        SELECT FROM billing.subscription s
         WHERE s.tenant_id = base.tenant_id() AND s.id = p_document AND s.state IN ('active', 'unpaid', 'paused')
           AND s.cancelled_at IS NULL AND s.term_end = (p_data ->> 'term_end')::date AND s.auto_renew = (p_data ->> 'renews')::boolean)
    ELSE false END
$$;

GRANT EXECUTE ON FUNCTION document.still_to_mail(text, uuid, text, jsonb) TO billfold_program;
