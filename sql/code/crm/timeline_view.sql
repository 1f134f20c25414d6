-- crm.timeline_view: an event as a customer's history shows it, with `subject`: what a reader wants to know of the object
-- that it is about, as it is now, so that a page needs no further calls. NULL: the object is gone, or of a
-- kind that has no words of its own. A view and no function, so that it is planned with the statement that reads it.
-- requires: job.event_view
CREATE VIEW crm.timeline_view WITH (security_invoker = true) AS
SELECT
    v.tenant_id, v.event_id, v.business_at, v.type, v.also, v.object, v.id, v.account_id, v.version, v.actor, v.payload,
    CASE v.object
    WHEN 'account' THEN (SELECT json_build_object('account_name', a.account_name, 'state', a.state)
        FROM crm.account a WHERE a.tenant_id = v.tenant_id AND a.id = v.id)
    WHEN 'contact' THEN (SELECT json_build_object('name', c.name, 'email', c.email, 'title', c.title, 'roles', c.roles,
            'account_id', c.account_id)
        FROM crm.contact c WHERE c.tenant_id = v.tenant_id AND c.id = v.id)
    WHEN 'location' THEN (SELECT json_build_object('name', l.name, 'kind', l.kind)
        FROM crm.location l WHERE l.tenant_id = v.tenant_id AND l.id = v.id)
    WHEN 'deal' THEN (SELECT json_build_object('name', d.name, 'state', d.state, 'amount', d.amount,
            'currency', d.currency, 'billing_status', d.billing_status)
        FROM crm.deal d WHERE d.tenant_id = v.tenant_id AND d.id = v.id)
    WHEN 'task' THEN (SELECT json_build_object('title', t.title, 'kind', t.kind, 'state', t.state,
            'due_date', t.due_date)
        FROM crm.task t WHERE t.tenant_id = v.tenant_id AND t.id = v.id)
    WHEN 'note' THEN (SELECT json_build_object('kind', n.kind, 'body', n.body)
        FROM crm.note n WHERE n.tenant_id = v.tenant_id AND n.id = v.id AND n.archived_at IS NULL)
    WHEN 'invoice' THEN (SELECT json_build_object('number', i.number, 'kind', i.kind, 'status', i.status,
            'currency', i.currency, 'total', i.total, 'amount_due', i.amount_due, 'due_date', i.due_date)
        FROM billing.invoice i WHERE i.tenant_id = v.tenant_id AND i.id = v.id)
    WHEN 'subscription' THEN (SELECT json_build_object('state', s.state, 'currency', s.currency)
        FROM billing.subscription s WHERE s.tenant_id = v.tenant_id AND s.id = v.id)
    WHEN 'payment' THEN (SELECT json_build_object('kind', p.kind, 'amount', p.amount, 'unapplied', p.unapplied,
            'currency', p.currency, 'received_on', p.received_on, 'reference', p.reference)
        FROM payment.payment p WHERE p.tenant_id = v.tenant_id AND p.id = v.id)
    WHEN 'refund' THEN (SELECT json_build_object('state', r.state, 'amount', r.amount, 'currency', r.currency, 'reason', r.reason,
            'payment_id', r.payment_id)
        FROM payment.refund r WHERE r.tenant_id = v.tenant_id AND r.id = v.id)
    WHEN 'dispute' THEN (SELECT json_build_object('state', d.state, 'amount', d.amount, 'currency', d.currency, 'reason', d.reason,
            'payment_id', d.payment_id, 'invoice_id', d.invoice_id)
        FROM payment.dispute d WHERE d.tenant_id = v.tenant_id AND d.id = v.id)
    WHEN 'payment_attempt' THEN (SELECT json_build_object('state', t.state, 'amount', t.amount, 'currency', t.currency,
            'invoice_id', t.invoice_id)
        FROM payment.attempt t WHERE t.tenant_id = v.tenant_id AND t.id = v.id)
    WHEN 'payment_method' THEN (SELECT json_build_object('label', m.label, 'processor', m.processor, 'state', m.state)
        FROM payment.method m WHERE m.tenant_id = v.tenant_id AND m.id = v.id)
    WHEN 'dunning' THEN (SELECT json_build_object('state', d.state, 'step', d.step, 'declines', d.declines,
            'reminders', d.reminders, 'invoice_id', d.invoice_id)
        FROM collect.dunning d WHERE d.tenant_id = v.tenant_id AND d.id = v.id)
    WHEN 'delivery' THEN (SELECT json_build_object('template', y.template, 'recipient', y.recipient, 'state', y.state,
            'document_id', y.document_id)
        FROM document.delivery y WHERE y.tenant_id = v.tenant_id AND y.id = v.id)
    WHEN 'mail' THEN (SELECT json_build_object('kind', m.kind, 'sender', m.sender, 'sender_name', m.sender_name,
            'subject', m.subject, 'text', left(m.text, 1000), 'invoice_id', m.invoice_id,
            'subscription_id', m.subscription_id, 'delivery_id', m.delivery_id)
        FROM document.mail m WHERE m.tenant_id = v.tenant_id AND m.id = v.id)
    END AS subject
FROM job.event_view v;

GRANT SELECT ON crm.timeline_view TO billfold_program;
