-- document.delivery_view: what was mailed to whom, and what became of it.
CREATE VIEW document.delivery_view WITH (security_invoker = true) AS
SELECT d.tenant_id, d.id, d.version, d.created_at, d.updated_at, d.archived_at,
       d.invoice_id, d.subscription_id, d.step, d.template, d.recipient, d.recipient_name, d.message_id, d.state, d.business_at,
       d.tries, d.smtp_code, d.reply, d.sent_at, d.bounced_at, d.bounce_class, d.bounce_status,
       (SELECT min(w.first_at) FROM document.viewing w WHERE w.tenant_id = d.tenant_id AND w.delivery_id = d.id
           AND w.channel = 'mail' AND w.agent <> 'program') AS opened_at,
       (SELECT min(w.first_at) FROM document.viewing w WHERE w.tenant_id = d.tenant_id AND w.delivery_id = d.id
           AND w.channel = 'page' AND w.agent <> 'program') AS page_viewed_at,
       (SELECT min(w.first_at) FROM document.viewing w WHERE w.tenant_id = d.tenant_id AND w.delivery_id = d.id
           AND w.channel = 'pdf' AND w.agent <> 'program') AS downloaded_at
  FROM document.delivery d;

GRANT SELECT ON document.delivery_view TO billfold_program;
