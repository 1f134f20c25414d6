-- document.mail_view: what came back for mails about invoices and renewals.
CREATE VIEW document.mail_view WITH (security_invoker = true) AS
SELECT m.tenant_id, m.id, m.version, m.created_at, m.updated_at, m.archived_at, m.kind, m.invoice_id, m.subscription_id, m.account_id,
       m.delivery_id, m.sender, m.sender_name, m.subject, m.text, m.shortened, m.attachments, m.message_id, m.status,
       m.diagnostic, m.sent_at, m.business_at
  FROM document.mail m;

GRANT SELECT ON document.mail_view TO billfold_program;
