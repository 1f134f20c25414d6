-- billing.invoice_fresh_view: billing.invoice_view of a document that was made in this transaction and names no other: nothing has
-- been given back of it, nobody has linked or approved it, so that nothing of that is looked for.
-- requires: billing.invoice_content_view
CREATE VIEW billing.invoice_fresh_view WITH (security_invoker = true) AS
SELECT v.*, '[]'::json AS links, '[]'::json AS approvals
FROM billing.invoice_content_view v;

GRANT SELECT ON billing.invoice_fresh_view TO billfold_program;
